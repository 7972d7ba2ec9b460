import type { Command } from '../command.ts';
import { globalOptions } from '../global-options.ts';
import { checkCommand } from './check.ts';
import { createCompletion } from './completion.ts';
import { failuresCommand } from './failures.ts';
import { approveCommand, cancelCommand, retryCommand } from './follow-up.ts';
import { pinCommand, unpinCommand } from './pin.ts';
import { planCommand } from './plan.ts';
import { pointsCommand } from './points.ts';
import { pruneCommand } from './prune.ts';
import { restoreCommand } from './restore.ts';
import { runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { verifyCommand } from './verify.ts';
import { showCommand } from './show.ts';
import { versionsCommand } from './versions.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  runCommand,
  planCommand,
  pointsCommand,
  versionsCommand,
  restoreCommand,
  runsCommand,
  showCommand,
  failuresCommand,
  cancelCommand,
  approveCommand,
  retryCommand,
  checkCommand,
  verifyCommand,
  pruneCommand,
  pinCommand,
  unpinCommand,
  createCompletion(() => ({ commands, globals: globalOptions })),
];
