import type { RunEstimate } from '../../lib/model/index.ts';
import { formatBytes, formatCount, formatTable, formatTexts, wrapText } from './format.ts';

/** What the run would take, for people, beneath the report of the dry run. */
export function estimateText({ totals, requests, bytesToCopy, cost }: RunEstimate, columns: number): string {
  const width = Math.min(79, columns);
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
  const rows: [string, string][] = [
    ['  at the source', operations(requests.source)],
    ['  at the destination', operations(requests.destination)],
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
  const prices = `Cost in ${cost.currency} (prices of ${cost.dated}, ${cost.where}${doubt}):`;
  return `${actions.length === 0 ? '' : `Actions:\n${formatTable(actions)}`}A run would take about:
${formatTexts(rows, width)}${wrapText(prices, width).join('\n')}
${formatTable([['  if of tier', 'source', 'destination', 'stored a month'], ...tiers])}  between regions ${money(cost.betweenRegions)}, if they are two
Left out:
${formatTexts(
  cost.leavesOut.map((sentence) => ['  -', sentence]),
  width,
)}`;
}
