/** The other end of a bundle: copies what a walker has decided about. */
import type { FileAction } from '../plan/index.ts';
import type { ActionsWork, HandedAction } from './action-bundles.ts';
import type { RunContext } from './context.ts';
import { entriesFor } from './entries.ts';
import type { ShardSession } from './shard-session.ts';

/**
 * Goes through the files, many at once, and stores how far it has come when children wait or the turn is over. What an
 * interrupted turn has done is done again: a whole copy does no harm twice.
 */
export async function doActions(context: RunContext, session: ShardSession, work: ActionsWork): Promise<void> {
  const entries = entriesFor(context, session, () => undefined);
  for (let at = work.done; at < work.files.length; at += 1) {
    const { action, ...file } = work.files[at] as ActionsWork['files'][number];
    const handed = action as HandedAction;
    if (handed.kind === 'transfer') {
      const base = handed.base === undefined ? {} : { base: handed.base };
      session.addChild({ kind: 'ranges', file, created: false, doneBefore: 0, ...base });
    } else {
      await entries.act(file, handed as FileAction);
    }
    session.countEntries(1);
    const isOver = session.isOverBudget() && at + 1 < work.files.length;
    if (!isOver && !session.needsCheckpoint() && session.hasRoomForTransfers()) continue;
    await entries.settle();
    const rest = { ...work, done: at + 1 };
    if (isOver) return session.continueLater(rest);
    await session.checkpoint(rest);
  }
  await entries.settle();
  await session.finish('done');
}
