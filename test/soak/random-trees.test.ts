import { expect, test } from 'vitest';
import { playCampaign } from '../support/random-trees/campaign.ts';

const { FARSHARE_SEED: seed = '1', FARSHARE_CASES: cases = '20000', FARSHARE_PATH: path } = process.env;

test(`${cases} random trees from seed ${seed} on, changed at random, are equal in each restore point`, async () => {
  const begunAt = performance.now();
  let [found, begun] = [0, 0];
  const { failures, played } = await playCampaign({
    seed: Number(seed),
    cases: Number(cases),
    path,
    onCase: () => {
      begun += 1;
      if (begun % 1_000 === 0) process.stdout.write(`Case ${begun} of ${cases}\n`);
    },
    onFailure: (failure) => {
      found += 1;
      process.stdout.write(`Failure ${found}: ${failure}\n`);
    },
  });

  const seconds = Math.round((performance.now() - begunAt) / 1000);
  process.stdout.write(`Seed ${seed}: ${played} cases in ${seconds} s, ${failures.length} failures.\n`);
  expect(failures.join('\n\n')).toBe('');
});
