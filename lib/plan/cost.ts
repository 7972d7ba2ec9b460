import type { CostEstimate, PriceTable, RequestCounts, TierPrices } from '../model/index.ts';

const gibibyte = 1024 ** 3;

type Category = keyof TierPrices['per10000'];

const lists: ReadonlySet<string> = new Set(['ListFilesAndDirectories', 'ListFileRanges', 'ListShares', 'ListHandles']);
const others: ReadonlySet<string> = new Set([
  'AbortCopyFile',
  'AcquireShareLease',
  'RenewShareLease',
  'ChangeShareLease',
  'ReleaseShareLease',
]);

/** Undefined: free. Categories of pay-as-you-go shares (azure-files-facts.md, section 5). */
function categoryOf(operation: string): Category | undefined {
  if (operation.startsWith('Delete')) return undefined;
  if (lists.has(operation)) return 'list';
  if (others.has(operation)) return 'other';
  return operation.startsWith('Get') ? 'read' : 'write';
}

const priceOf = (requests: RequestCounts, { per10000 }: TierPrices): number =>
  Object.entries(requests).reduce((sum, [operation, count]) => {
    const category = categoryOf(operation);
    return category === undefined ? sum : sum + (count * per10000[category]) / 10_000;
  }, 0);

const leavesOut: readonly string[] = [
  'Which tier the shares have is not asked: each tier is reckoned. Provisioned shares pay for what is provisioned instead.',
  'Other redundancy and other regions have other prices; discounts, reservations and taxes are not reckoned.',
  'What restore points keep of overwritten and deleted files is stored as well, as long as they stay.',
  'The server reads each file that it copies; reads of the source beyond those listed here are not reckoned.',
  'Large files are reckoned whole, although only their changed ranges are copied, and sparse ones as if they were full.',
  'Retries, redelivered messages, verification, Functions, queues, tables and logs are not reckoned.',
];

/** What the requests and the copied bytes cost if the sides were of each tier. Moved between regions once. */
export function costOf(
  prices: PriceTable,
  use: { readonly source: RequestCounts; readonly destination: RequestCounts; readonly bytes: number },
): CostEstimate {
  const gibibytes = use.bytes / gibibyte;
  const tiers = Object.entries(prices.tiers).map(([name, tier]) => [
    name,
    {
      sourceRequests: round(priceOf(use.source, tier) + gibibytes * tier.retrievedGib),
      destinationRequests: round(priceOf(use.destination, tier)),
      storedMonth: round(gibibytes * tier.storedGibMonth),
    },
  ]);
  return {
    currency: prices.currency,
    dated: prices.dated,
    where: prices.where,
    verified: prices.verified,
    tiers: Object.fromEntries(tiers),
    betweenRegions: round(gibibytes * prices.betweenRegionsGib),
    leavesOut,
  };
}

/** Hundredths of a cent: more would pretend to know. */
const round = (amount: number): number => Math.round(amount * 10_000) / 10_000;
