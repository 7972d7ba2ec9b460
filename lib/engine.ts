import type {
  CatalogFinding,
  Failure,
  Finding,
  FileVersion,
  JobOverview,
  PinnedPoint,
  PlannedAction,
  PriceTable,
  PruneReport,
  RestorePointInfo,
  RestoreRequest,
  RunEstimate,
  RunKind,
  RunReport,
  RunStatus,
} from './model/index.ts';

export interface StartOptions {
  /** Only this destination of the job, or these; all of them otherwise. */
  readonly destination?: string | readonly string[];
  readonly dryRun?: boolean;
  readonly full?: boolean;
  /** Lifts the guard for this run. */
  readonly approve?: boolean;
  /** The same key within 24 hours answers the runs of the first request. */
  readonly idempotencyKey?: string;
}

export interface VerifyOptions {
  readonly destination?: string | undefined;
  /** Compares the content of every file instead of a part of them. */
  readonly all?: boolean | undefined;
  /** `latest` when absent, a time, or a snapshot string. */
  readonly point?: string | undefined;
}

export interface CatalogOptions {
  readonly destination?: string | undefined;
  readonly repair: boolean;
}

export interface PinOptions {
  /** `latest`, a time, or a snapshot string. */
  readonly when: string;
  /** `YYYY-MM-DD`. */
  readonly until?: string;
  readonly destination?: string;
}

export interface CheckOptions {
  /** Where accounts without a resource id are looked for, by their file endpoint. */
  readonly subscription?: string;
}

export interface RunQuery extends PageQuery {
  readonly job?: string;
  readonly kind?: RunKind;
  readonly status?: RunStatus;
}

export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/** `next` is the cursor of the page that follows, absent on the last. A page may hold little or nothing and yet go on. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Where restore points are looked for. `path` is the directory that was backed up to; absent, any. */
export type PointSource =
  | { readonly job: string; readonly destination?: string }
  | { readonly account: string; readonly share: string; readonly path?: string };

/** An entry of a directory in a restore point. */
export interface PointEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  /** 0 for a directory. */
  readonly size: number;
  /** LastWriteTime, to 100 ns. */
  readonly modifiedAt: string;
}

/** A file of a restore point; its content is read by this process, 4 MiB at a time. */
export interface PointContent {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

export interface FollowUpOptions {
  /** The same key within 24 hours answers the run of the first request. */
  readonly idempotencyKey?: string;
}

/** The engine as the CLI and the HTTP functions see it. */
export interface Engine {
  /** What is configured, and how each destination stands. */
  jobs(): Promise<readonly JobOverview[]>;
  /** Makes the runs' rows and messages; answers their ids in the order of the job's destinations. */
  startRuns(job: string, options: StartOptions): Promise<readonly string[]>;
  report(runId: string): Promise<RunReport | undefined>;
  /** Asks a run to end as cancelled; throws `RunEnded` when it has. */
  cancel(runId: string, options?: FollowUpOptions): Promise<void>;
  /** A new run on the snapshot of one that awaits approval; it stops again where it would do more than that one showed. */
  approve(runId: string, options?: FollowUpOptions): Promise<string>;
  /** A new run on the snapshot of one that failed or was cancelled. */
  retry(runId: string, options?: FollowUpOptions): Promise<string>;
  /** Newest first. */
  runs(query: RunQuery): Promise<Page<RunReport>>;
  failures(runId: string): Promise<readonly Failure[]>;
  failurePage(runId: string, page: PageQuery): Promise<Page<Failure>>;
  /** What a dry run would do, in no particular order. */
  actions(runId: string): AsyncIterable<PlannedAction>;
  /** What a run of a dry run's actions would take. */
  estimate(runId: string, prices: PriceTable): Promise<RunEstimate>;
  /** Read from the destinations' snapshots, not from the state. Oldest first. */
  points(job: string, destination?: string): Promise<readonly RestorePointInfo[]>;
  /** The restore points that a share holds, with nothing needed but the share. Oldest first. */
  pointsFrom(from: {
    readonly account: string;
    readonly share: string;
    readonly path?: string;
  }): Promise<readonly RestorePointInfo[]>;
  /** Makes the row and message of a restore; answers the run's id. `report`, `failures` and `actions` work on it as on any run. */
  startRestore(request: RestoreRequest): Promise<string>;
  /**
   * Every distinct version of the files that a pattern matches, over all restore points, deleted files too. Lists only
   * directories that may hold a match; a page ends where it has cost enough.
   */
  versions(request: {
    readonly from: PointSource;
    readonly path: string;
    readonly cursor?: string;
  }): Promise<Page<FileVersion>>;
  /** One page of a directory in a restore point: `latest`, a time, or a snapshot string. */
  entries(request: {
    readonly from: PointSource;
    readonly point: string;
    readonly path: string;
    readonly cursor?: string;
  }): Promise<Page<PointEntry>>;
  /** One file of a restore point. Its content goes through this process. */
  openContent(request: {
    readonly from: PointSource;
    readonly point: string;
    readonly path: string;
  }): Promise<PointContent>;
  /** Compares a restore point of each destination with its source snapshot; answers the runs' ids. */
  startVerify(job: string, options: VerifyOptions): Promise<readonly string[]>;
  /** Compares the catalog with the restore points, both ways; with `repair`, makes good what the other side tells. */
  compareCatalog(job: string, options: CatalogOptions): Promise<readonly CatalogFinding[]>;
  /** Tries a restore out, as the job's `drill` says, from each destination that has a restore point. */
  startDrills(job: string, options?: { readonly destination?: string }): Promise<readonly string[]>;
  /** Keeps a restore point until the end of a day, or, without `until`, no longer than the rule does. */
  pin(job: string, options: PinOptions): Promise<readonly PinnedPoint[]>;
  /** Deletes what retention does not keep, on both sides; a dry run only says what. */
  prune(job: string, options: { readonly dryRun: boolean }): Promise<PruneReport>;
  /** What would stop backups or make them worth less. Asks accounts and shares, writes nothing. Worst first. */
  check(options?: CheckOptions): Promise<readonly Finding[]>;
}

/** The engine with its own queue pump, for the CLI. */
export interface LocalEngine extends Engine {
  /** Works until the runs, and those that go on from them (`next`), have ended; answers all reports. On abort it gives its leases back, so that the runs can be resumed, and returns. */
  drive(
    runIds: readonly string[],
    options: { readonly signal: AbortSignal; readonly onProgress: (report: RunReport) => void },
  ): Promise<readonly RunReport[]>;
  /** Downloads to a folder of this machine: content is read by this process. No run; on abort the same call goes on. */
  download(
    request: Pick<RestoreRequest, 'from' | 'point' | 'paths' | 'onConflict'> & { readonly folder: string },
    options: { readonly signal: AbortSignal; readonly onProgress: (report: RunReport) => void },
  ): Promise<RunReport>;
  close(): Promise<void>;
}
