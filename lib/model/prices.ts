import { z } from 'zod';

const price = z.number().min(0);

const tierPricesSchema = z.strictObject({
  /** Per 10,000 requests of the category; deletes are free. */
  per10000: z.strictObject({ write: price, list: price, read: price, other: price }),
  storedGibMonth: price,
  retrievedGib: price,
});
export type TierPrices = z.infer<typeof tierPricesSchema>;

/** What `plan` reckons with: prices.json, or the file given with `--prices`. */
export const priceTableSchema = z.strictObject({
  /** When the prices were looked up. */
  dated: z.iso.date(),
  /** Whether somebody has held them against a price page since. */
  verified: z.boolean(),
  currency: z.string().min(1),
  /** Region, redundancy, where from. */
  where: z.string(),
  tiers: z.record(z.string(), tierPricesSchema),
  betweenRegionsGib: price,
});
export type PriceTable = z.infer<typeof priceTableSchema>;

/** What a run of the planned actions would take, as far as can be told beforehand. */
export interface RunEstimate {
  readonly totals: readonly { kind: string; reason: string; count: number; bytes: number }[];
  readonly requests: {
    readonly source: Readonly<Record<string, number>>;
    readonly destination: Readonly<Record<string, number>>;
    readonly total: number;
    readonly floor: number;
  };
  readonly bytesToCopy: number;
  readonly cost: CostEstimate;
}

export interface CostEstimate {
  readonly currency: string;
  /** When the prices were looked up, and of which region and redundancy they are. */
  readonly dated: string;
  readonly where: string;
  readonly verified: boolean;
  /** If the side were of this tier. */
  readonly tiers: Readonly<Record<string, TierCost>>;
  readonly betweenRegions: number;
  /** What the figures leave out, in sentences. */
  readonly leavesOut: readonly string[];
}

export interface TierCost {
  readonly sourceRequests: number;
  readonly destinationRequests: number;
  /** What is copied, kept for a month, over what is there. */
  readonly storedMonth: number;
}
