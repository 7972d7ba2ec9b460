import { asFarshareError } from '../errors.ts';
import type { RequestCounts } from '../model/index.ts';
import { meterInto, type RunContext } from './context.ts';
import type { SharePort } from './ports.ts';

/** The share in the destination account that holds what Farshare knows beyond the data: the data share holds nothing of ours. */
export const catalogShare = 'farshare-catalog';

export const openCatalog = (
  context: RunContext,
  account: string,
  { counts, beforeWrite }: { counts: () => RequestCounts; beforeWrite?: () => void },
): SharePort => {
  const access = { meter: meterInto(counts), ...(beforeWrite && { beforeWrite }) };
  return context.shares.open({ account, share: catalogShare }, access);
};

/** Does what the catalog is for. Whatever keeps it from being used costs a backup what is known of it, never its success. */
export async function usingCatalog(context: RunContext, runId: string, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } catch (error) {
    const { disposition, code } = asFarshareError(error);
    if (disposition !== 'entry' && disposition !== 'run') throw error;
    context.telemetry.event('backup.catalog.unusable', { runId, code });
  }
}
