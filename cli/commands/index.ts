import type { Command } from '../command.ts';
import { checkCommand } from './check.ts';
import { failuresCommand } from './failures.ts';
import { pinCommand, unpinCommand } from './pin.ts';
import { planCommand } from './plan.ts';
import { pointsCommand } from './points.ts';
import { pruneCommand } from './prune.ts';
import { restoreCommand } from './restore.ts';
import { runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { verifyCommand } from './verify.ts';
import { showCommand } from './show.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  runCommand,
  planCommand,
  pointsCommand,
  restoreCommand,
  runsCommand,
  showCommand,
  failuresCommand,
  checkCommand,
  verifyCommand,
  pruneCommand,
  pinCommand,
  unpinCommand,
];

/** Announced, not there yet. */
export const laterCommands: readonly string[] = ['versions'];
