import type { ShardRow } from '../model/index.ts';
import { newId, type RunContext } from './context.ts';

/** An owner counts as live until the last write that it may have sent has arrived. */
export const isHeldLive = ({ clock, margins }: RunContext, row: ShardRow): boolean =>
  row.owner !== '' && clock.now() < row.leaseUntil + margins.takeoverMs;

/** The row as its new owner begins with it. */
export function claimedRow({ clock, margins }: RunContext, row: ShardRow): ShardRow {
  const isTakeover = row.owner !== '';
  return {
    ...row,
    owner: newId(),
    epoch: row.epoch + 1,
    leaseUntil: clock.now() + margins.leaseMs,
    attempts: row.attempts + 1,
    takenOver: row.takenOver || isTakeover,
    repeat: row.repeat || isTakeover || row.attempts > 0,
  };
}
