import { expect, test } from 'vitest';
import { halfTimeoutMs, playHalf } from '../../support/random-trees/half.ts';

test(
  'A random tree, changed at random, is equal in each restore point, whatever the service and its bad days are like',
  async () => {
    const { failures, left } = await playHalf(0);

    expect(failures).toBe('');
    expect(left).toBe(0);
  },
  halfTimeoutMs,
);
