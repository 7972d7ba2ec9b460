/** What the API answers (docs/openapi.yaml). */
import type { Failure, RestorePointInfo, RunReport, RunStatus } from '../lib/model/index.ts';

export type { Failure, RestorePointInfo, RunReport, RunStatus };

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string | null;
}

export interface Place {
  readonly account: string;
  readonly share: string;
  readonly path: string;
}

export interface LastRun {
  readonly runId: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface Destination extends Place {
  readonly name: string;
  readonly mode: 'mirror' | 'dated';
  readonly keep?: unknown;
  readonly newestPoint: { readonly time: string; readonly snapshot: string } | null;
  readonly ageSeconds: number | null;
  readonly expectedEverySeconds: number | null;
  readonly overdue: boolean;
  readonly verifiedPercent: number | null;
  readonly lastRun: LastRun | null;
  /** Why the destination could not be asked for its restore points just now. */
  readonly unreachable?: string;
}

export interface Job {
  readonly name: string;
  readonly enabled: boolean;
  /** Six-field cron, or continuous mode; null: on demand. */
  readonly schedule?: string | { readonly continuous: string; readonly sealEvery?: string } | null;
  readonly timeZone?: string;
  readonly nextStart?: string | null;
  readonly source: Place;
  readonly verify?: { readonly samplePercent?: number } | null;
  readonly destinations: readonly Destination[];
}

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly modifiedAt: string;
}

export interface FileVersion {
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: string;
  readonly points: readonly { readonly destination: string; readonly time: string; readonly snapshot: string }[];
}

export interface RestoreRequest {
  readonly job: string;
  readonly destination: string;
  readonly point: string;
  readonly paths?: readonly string[];
  readonly to?: Place;
  readonly onConflict: 'skip' | 'overwrite' | 'rename';
  readonly deleteExtra?: boolean;
  readonly dryRun?: boolean;
}
