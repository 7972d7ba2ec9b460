import type { ShardWork } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { afterKey, keysFrom, rootOfNote, runPartition } from './run-state.ts';
import type { ShardSession } from './shard-session.ts';

type FanOutWork = Extract<ShardWork, { kind: 'fan-out' }>;
type NoteWork = Extract<ShardWork, { note: string }>;

/**
 * Makes one child for each row of notes, in as many transactions as that takes. What an earlier pass noted has been done: what
 * was deleted then may be something else by now. Only the check looks at all that the run wrote.
 */
export async function fanOut(context: RunContext, session: ShardSession, work: FanOutWork): Promise<void> {
  const range = keysFrom(`n-${work.notes}-`);
  const from = work.after === '' ? range.from : afterKey(work.after);
  let fresh = 0;
  for await (const { key, value } of context.state.list<unknown[]>(runPartition(session.run.runId), {
    from,
    to: range.to,
  })) {
    if (work.child !== 'check' && rootOfNote(key) < session.run.passRoot) continue;
    const most = context.margins.freshSamples - fresh;
    if (work.notes === 'fresh') {
      fresh += value.length;
      session.tally.verified.leftOut += Math.max(0, value.length - Math.max(0, most));
      if (most <= 0) break;
    }
    session.addChild({ kind: work.child, note: key, done: 0, ...(work.notes === 'fresh' && { most }) });
    if (session.needsCheckpoint()) await session.checkpoint({ ...work, after: key });
  }
  if (work.notes === 'sample') session.addChild({ ...work, notes: 'fresh', after: '' });
  await session.finish('done');
}

/**
 * Goes through one row of notes, `atOnce` side by side, beginning after those that are done; stores how far it has come after
 * each batch, and gives the rest back when the turn is over; says whether it came to the end.
 */
export async function eachNote<T>(
  context: RunContext,
  session: ShardSession,
  work: NoteWork,
  options: { atOnce: number; order?: (a: T, b: T) => number; step: (note: T) => Promise<void> },
): Promise<{ isDone: boolean }> {
  const row = await context.state.get<T[]>(runPartition(session.run.runId), work.note);
  const all = (row?.value ?? []).slice(0, 'most' in work ? work.most : undefined);
  const notes = options.order === undefined ? all : all.toSorted(options.order);
  for (let done = work.done; done < notes.length; done += options.atOnce) {
    const batch = notes.slice(done, done + options.atOnce);
    await Promise.all(batch.map(options.step));
    session.countEntries(batch.length);
    const next = { ...work, done: done + batch.length };
    if (next.done >= notes.length) break;
    if (session.isOverBudget()) {
      await session.continueLater(next);
      return { isDone: false };
    }
    if (session.needsCheckpoint()) await session.checkpoint(next);
  }
  await session.finish('done');
  return { isDone: true };
}
