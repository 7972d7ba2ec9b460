import { hasEnded, type RunReport } from '../../lib/model/index.ts';
import { formatBytes, formatCount, formatDuration, formatTexts, formatTime } from './format.ts';
import type { Printer } from './printer.ts';
import { restoreRows, titleOf } from './restore-text.ts';

const failuresShown = 20;
/** Wider, a line is harder to read. */
const mostColumns = 79;

type Row = readonly [label: string, text: string];

/** The report of a run for people, in lines of at most 80 columns, or as many as the terminal has (a long path apart). */
export function reportText(report: RunReport, printer: Printer): string {
  const title = `${titleOf(report)}${report.dryRun ? ' (dry run)' : ''}`;
  const isGood = report.status === 'succeeded';
  const status = isGood ? printer.good(report.status) : printer.bad(report.status);
  return `${title}: ${status}\n${formatTexts([...identityRows(report), ...countRows(report)], Math.min(mostColumns, printer.width))}${failureText(report)}`;
}

function identityRows(report: RunReport): readonly Row[] {
  const took =
    report.endedAt === null
      ? ''
      : `, took ${formatDuration(Date.parse(report.endedAt) - Date.parse(report.startedAt))}`;
  return [
    ['  run', report.runId],
    ['  started', `${formatTime(report.startedAt)}${took}`],
    ...(report.restore === undefined ? backupRows(report) : restoreRows(report.restore)),
    ...(report.retryOf === undefined ? [] : [['  retry of', report.retryOf] as const]),
    ...(report.guard ?? []).map((reason): Row => ['  guard', reason]),
  ];
}

const backupRows = (report: RunReport): readonly Row[] => [
  ['  source snapshot', report.sourceSnapshot ?? '-'],
  ...waitingRows(report),
  ['  restore point', `${report.restorePoint ?? '-'}${report.complete === undefined ? '' : ' (partial)'}`],
];

function waitingRows({ waiting = [] }: RunReport): readonly Row[] {
  const [first] = waiting;
  if (first === undefined) return [];
  return [['  to follow', `${formatCount(waiting.length)} more, each by a run of its own, from ${first} on`]];
}

function verificationRows(found: RunReport['verification']): readonly Row[] {
  if (found === undefined) return [];
  const covered = found.coveredPercent === undefined ? '' : `; ${found.coveredPercent} % so far`;
  const bad = [
    ...(found.differing > 0 ? [`${formatCount(found.differing)} differed`] : []),
    ...(found.unread > 0 ? [`${formatCount(found.unread)} not readable`] : []),
    ...(found.withoutHash === undefined ? [] : [`${formatCount(found.withoutHash)} without a stored hash`]),
  ];
  const files = `${formatCount(found.files)} files (${formatBytes(found.bytes)}) compared`;
  return [['  content', `${[files, ...bad].join(', ')}${covered}`]];
}

function countRows({ counts, bytes, requests, verification }: RunReport): readonly Row[] {
  const named = (entries: readonly (readonly [string, number])[]): string =>
    entries
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${formatCount(count)} ${name}`)
      .join(', ');
  const kinds: readonly (readonly [string, number])[] = [
    ['unchanged', counts.unchanged],
    ['copied', counts.copied],
    ['by ranges', counts.rangeCopied],
    ['properties only', counts.propertiesSet],
    ['failed', counts.failed],
  ];
  const others: readonly (readonly [string, number])[] = [
    ['directories made', counts.directoriesMade],
    ['deleted', counts.deleted],
    ['excluded', counts.excluded],
    ['streamed', counts.streamed],
  ];
  const made = named(others);
  return [
    ['  found', `${formatCount(counts.files)} files in ${formatCount(counts.directories)} directories`],
    ['  files', named(kinds) || 'none'],
    ...(made === '' ? [] : [['  besides', made] as const]),
    ...verificationRows(verification),
    ['  bytes', `${formatBytes(bytes.scanned)} scanned, ${formatBytes(bytes.copied)} copied`],
    ['  requests', `${formatCount(requests.total)} (${formatCount(requests.floor)} at the least)`],
  ];
}

function failureText({ failures, counts, runId }: RunReport): string {
  const lines = failures
    .slice(0, failuresShown)
    .map((failure) => `  ${failure.path === '' ? '(run)' : failure.path}: ${failure.code}: ${failure.message}\n`);
  const more = Math.max(failures.length, counts.failed) - lines.length;
  const rest = more > 0 ? `  … ${formatCount(more)} more: farshare failures ${runId}\n` : '';
  return lines.length === 0 ? '' : `Failures:\n${lines.join('')}${rest}`;
}

/** How far a run is, in one line. */
export function progressLine(report: RunReport): string {
  const { status, counts, bytes } = report;
  const copied = counts.copied + counts.rangeCopied;
  const parts = [
    `${formatCount(counts.files)} files`,
    `${formatCount(copied)} copied (${formatBytes(bytes.copied)})`,
    ...(counts.deleted > 0 ? [`${formatCount(counts.deleted)} deleted`] : []),
    ...(counts.failed > 0 ? [`${formatCount(counts.failed)} failed`] : []),
  ];
  return `${titleOf(report)}: ${status}${hasEnded(status) ? '' : '…'} ${parts.join(', ')}`;
}
