/** What there is, for the API: jobs with the state of their destinations, and what restore points hold. */
import type { KeepRule } from './config.ts';
import type { RunStatus } from './report.ts';

interface SharePlace {
  /** The account's name in the configuration. */
  readonly account: string;
  readonly share: string;
  readonly path: string;
}

export interface DestinationOverview extends SharePlace {
  readonly name: string;
  readonly mode: 'mirror' | 'dated';
  /** The retention rule; null: everything is kept. */
  readonly keep: KeepRule | null;
  /** The newest complete restore point; null: there is none, or the account did not answer. */
  readonly newestPoint: { readonly time: string; readonly snapshot: string } | null;
  /** Of the newest complete restore point. */
  readonly ageSeconds: number | null;
  /** From one scheduled restore point to the next; null on demand. */
  readonly expectedEverySeconds: number | null;
  /** A whole interval of the schedule has passed without a restore point. */
  readonly overdue: boolean;
  /** How much of what it holds has been read back and compared; null: nothing so far. */
  readonly verifiedPercent: number | null;
  readonly lastRun: {
    readonly runId: string;
    readonly status: RunStatus;
    readonly startedAt: string;
    readonly endedAt: string | null;
  } | null;
  /** Why the account could not be asked: an error code. */
  readonly unreachable?: string;
}

export interface JobOverview {
  readonly name: string;
  readonly enabled: boolean;
  /** Cron, `continuous PT1M, sealed PT1H`, or null: on demand. */
  readonly schedule: string | null;
  readonly timeZone: string;
  readonly nextStart: string | null;
  readonly source: SharePlace;
  readonly verify: { readonly samplePercent: number };
  readonly destinations: readonly DestinationOverview[];
}

/** One state of a file that restore points hold. */
export interface FileVersion {
  /** Relative to the directory that was backed up. */
  readonly path: string;
  readonly size: number;
  /** LastWriteTime, to 100 ns. */
  readonly modifiedAt: string;
  /** Oldest first. */
  readonly points: readonly { readonly destination: string; readonly time: string; readonly snapshot: string }[];
}
