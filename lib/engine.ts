import type {
  Failure,
  PinnedPoint,
  PlannedAction,
  PriceTable,
  PruneReport,
  RestorePointInfo,
  RunEstimate,
  RunReport,
  RunStatus,
} from './model/index.ts';

export interface StartOptions {
  /** Only this destination of the job; all of them otherwise. */
  readonly destination?: string;
  readonly dryRun?: boolean;
  readonly full?: boolean;
  /** Lifts the guard for this run. */
  readonly approve?: boolean;
  /** The same key within 24 hours answers the runs of the first request. */
  readonly idempotencyKey?: string;
}

export interface PinOptions {
  /** `latest`, a time, or a snapshot string. */
  readonly when: string;
  /** `YYYY-MM-DD`. */
  readonly until?: string;
  readonly destination?: string;
}

export interface RunQuery {
  readonly job?: string;
  readonly status?: RunStatus;
  readonly limit?: number;
  readonly cursor?: string;
}

/** The engine as the CLI and the HTTP functions see it. */
export interface Engine {
  /** Makes the runs' rows and messages; answers their ids in the order of the job's destinations. */
  startRuns(job: string, options: StartOptions): Promise<readonly string[]>;
  report(runId: string): Promise<RunReport | undefined>;
  /** Newest first. */
  runs(query: RunQuery): Promise<{ readonly items: readonly RunReport[]; readonly next?: string }>;
  failures(runId: string): Promise<readonly Failure[]>;
  /** What a dry run would do, in no particular order. */
  actions(runId: string): AsyncIterable<PlannedAction>;
  /** What a run of a dry run's actions would take. */
  estimate(runId: string, prices: PriceTable): Promise<RunEstimate>;
  /** Read from the destinations' snapshots, not from the state. Oldest first. */
  points(job: string): Promise<readonly RestorePointInfo[]>;
  /** Keeps a restore point until the end of a day, or, without `until`, no longer than the rule does. */
  pin(job: string, options: PinOptions): Promise<readonly PinnedPoint[]>;
  /** Deletes what retention does not keep, on both sides; a dry run only says what. */
  prune(job: string, options: { readonly dryRun: boolean }): Promise<PruneReport>;
}

/** The engine with its own queue pump, for the CLI. */
export interface LocalEngine extends Engine {
  /** Works until the runs, and those that go on from them (`next`), have ended; answers all reports. On abort it gives its leases back, so that the runs can be resumed, and returns. */
  drive(
    runIds: readonly string[],
    options: { readonly signal: AbortSignal; readonly onProgress: (report: RunReport) => void },
  ): Promise<readonly RunReport[]>;
  close(): Promise<void>;
}
