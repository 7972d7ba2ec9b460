import { hasEnded, type RunReport } from '../../lib/model/index.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import type { Printer } from './printer.ts';
import { progressLine } from './report-text.ts';

/** Without a terminal a line each ten seconds is enough for a log. */
const plainIntervalMs = 10_000;
const liveIntervalMs = 100;
/** Rates are of the last so long: a pause shows, a single slow file does not. */
const rateWindowMs = 15_000;

/** Prints reports as they come: at once when a run's status changes, and otherwise now and then. */
export function showProgress(
  printer: Printer,
  expectedFiles: ReadonlyMap<string, number> = new Map(),
): (report: RunReport) => void {
  const shown = new Map<string, { readonly status: string; readonly atMs: number }>();
  const paces = new Map<string, Pace>();
  const intervalMs = printer.hasLiveProgress ? liveIntervalMs : plainIntervalMs;
  return (report) => {
    const last = shown.get(report.runId);
    const nowMs = performance.now();
    const pace = paces.get(report.runId) ?? new Pace(expectedFiles.get(report.runId));
    paces.set(report.runId, pace);
    pace.note(report, nowMs);
    if (last !== undefined && last.status === report.status && nowMs - last.atMs < intervalMs) return;
    shown.set(report.runId, { status: report.status, atMs: nowMs });
    if (printer.hasLiveProgress && !hasEnded(report.status))
      printer.progress(liveLine(report, pace, printer.errorWidth));
    else printer.progress(progressLine(report));
  };
}

interface Sample {
  readonly atMs: number;
  readonly files: number;
  readonly bytes: number;
}

/** How fast a run gets on. */
export class Pace {
  readonly #expected: number | undefined;
  #samples: readonly Sample[] = [];

  constructor(expectedFiles: number | undefined) {
    this.#expected = expectedFiles;
  }

  note({ counts, bytes }: RunReport, atMs: number): void {
    const recent = this.#samples.filter((sample) => atMs - sample.atMs <= rateWindowMs);
    this.#samples = [...recent, { atMs, files: counts.files, bytes: bytes.copied }];
  }

  /** A second, over the window; undefined before there are two samples. */
  rate(of: 'files' | 'bytes'): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return undefined;
    return ((last[of] - first[of]) * 1000) / (last.atMs - first.atMs);
  }

  /** 0 to 1, by the files that the last run went through; undefined without one, and once there turn out to be more. */
  get share(): number | undefined {
    const files = this.#samples.at(-1)?.files ?? 0;
    return this.#expected === undefined || this.#expected === 0 || files >= this.#expected
      ? undefined
      : files / this.#expected;
  }

  get leftMs(): number | undefined {
    const rate = this.rate('files');
    const files = this.#samples.at(-1)?.files ?? 0;
    if (this.share === undefined || rate === undefined || rate <= 0) return undefined;
    return (((this.#expected ?? 0) - files) * 1000) / rate;
  }
}

/** One line of a terminal: what matters most comes first, since what does not fit is left out. */
function liveLine(report: RunReport, pace: Pace, width: number): string {
  const { counts, bytes, destination, status } = report;
  const { share, leftMs } = pace;
  const [filesRate, bytesRate] = [pace.rate('files'), pace.rate('bytes')];
  const parts = [
    `${destination} ${status}`,
    ...(share === undefined ? [] : [`${bar(share)} ${Math.floor(share * 100)} %`]),
    ...(leftMs === undefined ? [] : [`${formatDuration(leftMs)} left`]),
    `${formatCount(counts.files)} files`,
    ...(counts.failed > 0 ? [`${formatCount(counts.failed)} failed`] : []),
    `${formatBytes(bytes.copied)} copied`,
    ...(bytesRate === undefined || bytesRate <= 0 ? [] : [`${formatBytes(Math.round(bytesRate))}/s`]),
    ...(filesRate === undefined || filesRate <= 0 ? [] : [`${formatCount(Math.round(filesRate))} files/s`]),
    ...(counts.deleted > 0 ? [`${formatCount(counts.deleted)} deleted`] : []),
  ];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (longer.length >= width) break;
    line = longer;
  }
  return line;
}

const barCells = 16;
const bar = (share: number): string => {
  const done = Math.round(share * barCells);
  return `[${'#'.repeat(done)}${'-'.repeat(barCells - done)}]`;
};
