import type { Child } from '../dom.ts';
import { h } from '../dom.ts';
import { bytesText, countText, durationText, secondsBetween } from '../format.ts';
import { chip, kindText, runLink, statusChip, table, timeOf } from '../parts.ts';
import type { RunReport } from '../shapes.ts';

const columns = [
  { title: 'Run' },
  { title: 'Status' },
  { title: 'Started' },
  { title: 'Took', isNumber: true },
  { title: 'Copied', isNumber: true },
  { title: 'Deleted', isNumber: true },
  { title: 'Failed', isNumber: true },
  { title: 'Bytes copied', isNumber: true },
];

export const runsTable = (caption: string, runs: readonly RunReport[]): HTMLElement =>
  table(caption, columns, runs.map(cellsOf));

export const tookText = ({ startedAt, endedAt }: RunReport): string =>
  durationText(secondsBetween(startedAt, endedAt ?? Date.now()));

/** What is not in the status and should not be overlooked. */
function remarkOf({ complete, verification }: RunReport): Child {
  const differing = verification?.differing ?? 0;
  if (differing > 0) return [' ', chip('✕', `${countText(differing)} differed`, 'bad')];
  return complete === 'partial' ? [' ', chip('!', 'partial', 'warn')] : null;
}

function cellsOf(run: RunReport): Child[] {
  const { runId, job, destination, counts, bytes } = run;
  return [
    [runLink(runId, `${job} to ${destination}`), h('span', { class: 'small' }, ` ${kindText(run)}`)],
    [statusChip(run.status), remarkOf(run)],
    timeOf(run.startedAt),
    tookText(run),
    countText(counts.copied + counts.rangeCopied),
    countText(counts.deleted),
    counts.failed > 0 ? h('strong', { class: 'bad' }, countText(counts.failed)) : '0',
    bytesText(bytes.copied),
  ];
}
