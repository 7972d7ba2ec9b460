/** The campaign of each build, in two halves: vitest runs two files at once. */
import { playCampaign } from './campaign.ts';

/** The same cases each time, so that a red build is about the change that was built; `npm run soak` draws others. */
const { FARSHARE_SEED: seed = '20261123', FARSHARE_CASES: cases = '500', FARSHARE_PATH: path } = process.env;
/** Seeds of the two halves do not meet: each has as many as it plays cases at once. */
const seedsApart = 1_000;

export const halfTimeoutMs = 900_000;

/** What failed, and `left`, how many cases were not played. */
export async function playHalf(half: 0 | 1): Promise<{ failures: string; left: number }> {
  // One case that is seen again is whole, and played as often as its way is long.
  if (path !== undefined) {
    const again =
      half === 0 ? await playCampaign({ seed: Number(seed), cases: Number(cases), path }) : { failures: [] };
    return { failures: again.failures.join('\n\n'), left: 0 };
  }
  const own = Math.floor((Number(cases) + half) / 2);
  const { failures, played } = await playCampaign({ seed: Number(seed) + half * seedsApart, cases: own });
  return { failures: failures.join('\n\n'), left: own - played };
}
