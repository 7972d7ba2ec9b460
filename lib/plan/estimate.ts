/** What a dry run's actions would take: requests by operation, their least, and bytes. */
import { parentPath, type PlannedAction, type PriceTable, type RunEstimate, type RunReport } from '../model/index.ts';
import { countOf, type Effort, effortOf, type CopyMethod, fixedEffort, sumOf, timesEffort } from './effort.ts';
import { costOf } from './cost.ts';

const directoryKinds: ReadonlySet<string> = new Set(['make-directory', 'enter-directory']);

/** Overwriting a file, or setting its properties, leaves the times of its directory alone. */
const changesParent = ({ kind, reason }: PlannedAction): boolean =>
  kind === 'make-directory' || kind === 'delete' || kind === 'late' || (kind === 'copy' && reason === 'missing');

/** Adds actions up one after the other: a first run has as many as the share has entries. */
export class Estimate {
  readonly #copyMethod: CopyMethod;
  readonly #totals = new Map<string, { kind: string; reason: string; count: number; bytes: number }>();
  /** The root is looked at in every run. */
  readonly #written = new Set<string>(['']);
  readonly #changed = new Set<string>(['']);
  readonly #settled = new Set<string>();
  #effort = fixedEffort;

  constructor(copyMethod: CopyMethod) {
    this.#copyMethod = copyMethod;
  }

  add(action: PlannedAction): void {
    const { kind, path, reason, size } = action;
    const key = `${kind} ${reason}`;
    const total = this.#totals.get(key) ?? { kind, reason, count: 0, bytes: 0 };
    this.#totals.set(key, { ...total, count: total.count + 1, bytes: total.bytes + size });
    const effort = effortOf(action, this.#copyMethod);
    if (effort === undefined) return;
    this.#written.add(kind === 'enter-directory' ? path : parentPath(path));
    if (directoryKinds.has(kind)) this.#settled.add(path);
    if (changesParent(action)) this.#changed.add(parentPath(path));
    this.#effort = sumOf([this.#effort, effort]);
  }

  /** `report` is the dry run's: its listings and looks at entries are the run's, and its floor is that of these. */
  finish(report: RunReport, prices: PriceTable): RunEstimate {
    // A directory that gets or loses an entry has its own times set again.
    const touched = [...this.#changed].filter((path) => !this.#settled.has(path)).length;
    // Each directory written is listed once more on both sides, in the sealed point and its source.
    const check = { ListFilesAndDirectories: this.#written.size };
    const looked: Effort = { ...report.requests, bytes: 0 };
    const { source, destination, floor, bytes } = sumOf([
      looked,
      this.#effort,
      timesEffort(touched),
      { source: check, destination: check, floor: this.#written.size, bytes: 0 },
    ]);
    return {
      totals: [...this.#totals.values()].toSorted((a, b) => b.count - a.count),
      requests: { source, destination, total: countOf(source) + countOf(destination), floor },
      bytesToCopy: bytes,
      cost: costOf(prices, { source, destination, bytes }),
    };
  }
}
