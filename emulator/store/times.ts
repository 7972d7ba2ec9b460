import { StoreError } from './errors.ts';
import type { Clock, FileTime } from './store.ts';

const TICKS_PER_MS = 10_000;

/**
 * Gives strictly ascending moments of 100 ns, however coarse the clock: two changes never share a time, and the four digits
 * below a millisecond are seldom zero, so that a client that drops them is found out. Frozen clocks advance by one tick.
 */
export class Moments {
  private readonly clock: Clock;
  private ms: number;
  private ticks: number;
  private shownMs = -1;
  private shown = '';

  /** `last`: a moment given out before the process began. */
  constructor(clock: Clock, last: { readonly ms: number; readonly ticks: number } = { ms: 0, ticks: 0 }) {
    this.clock = clock;
    this.ms = last.ms;
    this.ticks = last.ticks;
  }

  get last(): { readonly ms: number; readonly ticks: number } {
    return { ms: this.ms, ticks: this.ticks };
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  next(): FileTime {
    const ms = Math.floor(this.clock.nowMs());
    if (ms > this.ms) {
      this.ms = ms;
      this.ticks = (ms * 7919 + 1234) % (TICKS_PER_MS / 2);
    } else {
      this.ticks += 1;
      if (this.ticks === TICKS_PER_MS) {
        this.ticks = 0;
        this.ms += 1;
      }
    }
    if (this.shownMs !== this.ms) {
      this.shownMs = this.ms;
      this.shown = new Date(this.ms).toISOString().slice(0, -1);
    }
    // Joined, not concatenated: a rope of three strings would cost a million entries four times the memory.
    return [this.shown, String(this.ticks).padStart(4, '0'), 'Z'].join('');
  }
}

const FILE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z$/;

/** A time as sent, with its digits filled up to seven. @throws InvalidHeaderValue */
export function parseFileTime(text: string): FileTime {
  const match = FILE_TIME.exec(text);
  if (match === null || Number.isNaN(Date.parse(`${match[1]}Z`))) {
    throw new StoreError('InvalidHeaderValue', `Not a time: '${text}'.`);
  }
  return match[2]?.length === 7 ? text : [match[1], '.', (match[2] ?? '').padEnd(7, '0'), 'Z'].join('');
}
