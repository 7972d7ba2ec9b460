import type { DirectoryTask } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { DatedEntries } from './dated-entries.ts';
import { RestoreEntries } from './restore-entries.ts';
import { ScanEntries } from './scan-entries.ts';
import type { ShardSession } from './shard-session.ts';

/** What is done about entries, as the run's kind and the destination's mode have it; `push` gets the directories met. */
export function entriesFor(
  context: RunContext,
  session: ShardSession,
  push: (task: DirectoryTask) => void,
): ScanEntries | DatedEntries | RestoreEntries {
  if (session.run.restore !== undefined) return new RestoreEntries(context, session, push);
  return session.run.destination.mode === 'dated'
    ? new DatedEntries(context, session, push)
    : new ScanEntries(context, session, { push });
}
