/** What a dry run's actions would take: requests by operation, their least, and bytes. */
import {
  type DestinationConfig,
  parentPath,
  type PlannedAction,
  type PriceTable,
  type RunEstimate,
  type RunReport,
} from '../model/index.ts';
import { countOf, type Effort, effortOf, type CopyMethod, fixedEffort, sumOf, timesEffort } from './effort.ts';
import { costOf } from './cost.ts';

const directoryKinds: ReadonlySet<string> = new Set(['make-directory', 'enter-directory']);

/** Overwriting a file, or setting its properties, leaves the times of its directory alone. */
const changesParent = ({ kind, reason }: PlannedAction): boolean =>
  kind === 'make-directory' || kind === 'delete' || kind === 'late' || (kind === 'copy' && reason === 'missing');

/** Adds actions up one after the other: a first run has as many as the share has entries. */
export class Estimate {
  readonly #copyMethod: CopyMethod;
  readonly #mode: DestinationConfig['mode'];
  readonly #totals = new Map<string, { kind: string; reason: string; count: number; bytes: number }>();
  /** The root is looked at in every run. */
  readonly #written = new Set<string>(['']);
  readonly #changed = new Set<string>(['']);
  readonly #settled = new Set<string>();
  #wroteFiles = false;
  #effort = fixedEffort;

  constructor(copyMethod: CopyMethod, mode: DestinationConfig['mode']) {
    this.#copyMethod = copyMethod;
    this.#mode = mode;
  }

  add(action: PlannedAction): void {
    const { kind, path, reason, size } = action;
    const key = `${kind} ${reason}`;
    const total = this.#totals.get(key) ?? { kind, reason, count: 0, bytes: 0 };
    this.#totals.set(key, { ...total, count: total.count + 1, bytes: total.bytes + size });
    const effort = effortOf(action, this.#copyMethod);
    if (effort === undefined) return;
    this.#wroteFiles ||= kind === 'copy';
    this.#written.add(kind === 'enter-directory' ? path : parentPath(path));
    if (directoryKinds.has(kind)) this.#settled.add(path);
    if (changesParent(action)) this.#changed.add(parentPath(path));
    this.#effort = sumOf([this.#effort, effort]);
  }

  /** `report` is the dry run's: its listings and looks at entries are the run's, and its floor is that of these. */
  finish(report: RunReport, prices: PriceTable): RunEstimate {
    const looked: Effort = { ...report.requests, bytes: 0 };
    const around = this.#mode === 'dated' ? this.#datedDirectories() : this.#directories();
    const { source, destination, floor, bytes } = sumOf([looked, this.#effort, ...around]);
    return {
      totals: [...this.#totals.values()].toSorted((a, b) => b.count - a.count),
      requests: { source, destination, total: countOf(source) + countOf(destination), floor },
      bytesToCopy: bytes,
      cost: costOf(prices, { source, destination, bytes }),
    };
  }

  #directories(): readonly Effort[] {
    // A directory that gets or loses an entry has its own times set again.
    const touched = [...this.#changed].filter((path) => !this.#settled.has(path)).length;
    // Each directory written is listed once more on both sides, in the sealed point and its source.
    const check = { ListFilesAndDirectories: this.#written.size };
    return [timesEffort(touched), { source: check, destination: check, floor: this.#written.size, bytes: 0 }];
  }

  /** Nothing is set or checked again. Each is made under its date, as if all files were of one. */
  #datedDirectories(): readonly Effort[] {
    const above = new Set([...this.#written].flatMap(pathsDownTo));
    const source = { GetDirectoryProperties: above.size };
    const date = this.#wroteFiles ? 1 : 0;
    return [{ source, destination: { CreateDirectory: above.size + date }, floor: 0, bytes: 0 }];
  }
}

/** The path and all above it but the root. */
const pathsDownTo = (path: string): readonly string[] => (path === '' ? [] : [...pathsDownTo(parentPath(path)), path]);
