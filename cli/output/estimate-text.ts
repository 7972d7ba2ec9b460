import type { RunEstimate } from '../../lib/model/index.ts';
import { formatBytes, formatCount, formatTable, wrappedRows } from './format.ts';

const textWidth = 60;

/** What the run would take, for people, beneath the report of the dry run. */
export function estimateText({ totals, requests, bytesToCopy, cost }: RunEstimate): string {
  const actions = totals.map(({ kind, reason, count, bytes }) => [
    `  ${kind}`,
    reason,
    formatCount(count),
    bytes === 0 ? '' : formatBytes(bytes),
  ]);
  const operations = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .toSorted(([, a], [, b]) => b - a)
      .map(([operation, count]) => `${formatCount(count)} ${operation}`)
      .join(', ');
  const rows = [
    ...wrappedRows('  at the source', operations(requests.source), textWidth),
    ...wrappedRows('  at the destination', operations(requests.destination), textWidth),
    ['  in all', `${formatCount(requests.total)} requests (${formatCount(requests.floor)} at the least)`],
    ['  to copy', formatBytes(bytesToCopy)],
  ];
  const money = (amount: number): string => amount.toFixed(amount !== 0 && amount < 1 ? 4 : 2);
  const tiers = Object.entries(cost.tiers).map(([tier, { sourceRequests, destinationRequests, storedMonth }]) => [
    `  ${tier}`,
    money(sourceRequests),
    money(destinationRequests),
    money(storedMonth),
  ]);
  const doubt = cost.verified ? '' : ', not verified: look them up before you rely on them';
  return `${actions.length === 0 ? '' : `Actions:\n${formatTable(actions)}`}A run would take about:
${formatTable(rows)}Cost in ${cost.currency} (prices of ${cost.dated}, ${cost.where}${doubt}):
${formatTable([['  if of tier', 'source', 'destination', 'stored a month'], ...tiers])}  between regions ${money(cost.betweenRegions)}, if they are two
Left out:
${cost.leavesOut.map((sentence) => formatTable(wrappedRows('  -', sentence, textWidth + 12))).join('')}`;
}
