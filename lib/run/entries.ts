import type { DirectoryTask } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { DatedEntries } from './dated-entries.ts';
import { ScanEntries } from './scan-entries.ts';
import type { ShardSession } from './shard-session.ts';

/** What is done about entries, as the destination's mode has it; `push` gets the directories met. */
export function entriesFor(
  context: RunContext,
  session: ShardSession,
  push: (task: DirectoryTask) => void,
): ScanEntries | DatedEntries {
  const Entries = session.run.destination.mode === 'dated' ? DatedEntries : ScanEntries;
  return new Entries(context, session, push);
}
