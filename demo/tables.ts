import type { RunReport } from '../lib/model/index.ts';
import type { Traffic } from './emulator-stats.ts';

type Row = readonly [string, string];

export function reportTable(report: RunReport): string {
  const { counts, bytes, requests } = report;
  const seconds = (Date.parse(report.endedAt ?? report.startedAt) - Date.parse(report.startedAt)) / 1000;
  return table([
    ['run', report.runId],
    ['status', report.status],
    ['source snapshot', report.sourceSnapshot ?? 'none'],
    ['restore point', report.restorePoint ?? 'none'],
    ['took', `${seconds.toFixed(1)} s`],
    ['entries at the source', `${grouped(counts.files)} files, ${grouped(counts.directories)} directories`],
    ['unchanged', grouped(counts.unchanged)],
    ['copied', `${grouped(counts.copied + counts.rangeCopied)} files, ${sized(bytes.copied)}`],
    ['properties only', grouped(counts.propertiesSet)],
    ['directories made', grouped(counts.directoriesMade)],
    ['deleted', grouped(counts.deleted)],
    ['failed', grouped(counts.failed)],
    ['requests', `${grouped(requests.total)} (the least possible: ${grouped(requests.floor)})`],
    ...report.failures.slice(0, 5).map(({ path, code, message }): Row => [`  /${path}`, `${code}: ${message}`]),
  ]);
}

export function trafficTable({ accounts, bytesIn, bytesOut, bytesCopied }: Traffic): string {
  const rows = Object.entries(accounts).flatMap(([account, operations]) =>
    Object.entries(operations)
      .filter(([, count]) => count > 0)
      .toSorted(([, a], [, b]) => b - a)
      .map(([operation, count], i): Row => [i === 0 ? account : '', `${grouped(count).padStart(7)}  ${operation}`]),
  );
  return table([
    ...rows,
    ['bytes copied', `${sized(bytesCopied)} between the accounts`],
    ['bytes sent', `${sized(bytesIn)} by clients, ${sized(bytesOut)} to them`],
  ]);
}

export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

export const grouped = (count: number): string => count.toLocaleString('en');

export function sized(bytes: number): string {
  if (bytes < 10_000) return `${grouped(bytes)} bytes`;
  return bytes < 10_000_000 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
