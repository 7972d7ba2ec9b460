import { expect, test } from 'vitest';
import { playCampaign } from '../../support/random-trees/campaign.ts';

/** The same cases each time, so that a red build is about the change that was built; `npm run soak` draws others. */
const { FARSHARE_SEED: seed = '20261123', FARSHARE_CASES: cases = '240', FARSHARE_PATH: path } = process.env;

test('A random tree, changed at random, is equal in each restore point, whatever the service and its bad days are like', async () => {
  const { failures, played } = await playCampaign({ seed: Number(seed), cases: Number(cases), path });

  expect(failures.join('\n\n')).toBe('');
  // One that is seen again is played as often as its way is long.
  expect(path === undefined ? played : Number(cases)).toBe(Number(cases));
}, 900_000);
