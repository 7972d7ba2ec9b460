import type { RunReport } from '../../lib/model/index.ts';
import type { Printer } from './printer.ts';
import { progressLine } from './report-text.ts';

/** Without a terminal a line each ten seconds is enough for a log. */
const plainIntervalMs = 10_000;
const liveIntervalMs = 100;

/** Prints reports as they come: at once when a run's status changes, and otherwise now and then. */
export function showProgress(printer: Printer): (report: RunReport) => void {
  const shown = new Map<string, { readonly status: string; readonly atMs: number }>();
  const intervalMs = printer.hasLiveProgress ? liveIntervalMs : plainIntervalMs;
  return (report) => {
    const last = shown.get(report.runId);
    const nowMs = performance.now();
    if (last !== undefined && last.status === report.status && nowMs - last.atMs < intervalMs) return;
    shown.set(report.runId, { status: report.status, atMs: nowMs });
    printer.progress(progressLine(report));
  };
}
