import { expect, test } from 'vitest';
import { openLocalState, systemClock } from '../../../lib/local/index.ts';
import type { RunContext } from '../../../lib/run/context.ts';
import { onceForKey } from '../../../lib/run/idempotency.ts';

function keyed() {
  let [aheadMs, starts] = [0, 0];
  const state = openLocalState(':memory:');
  const context = { state, clock: { ...systemClock, now: () => 1_000_000 + aheadMs } } as unknown as RunContext;
  const start = async () => [`run-${(starts += 1)}`];
  return {
    context,
    ask: (asked = 'docs', how = start) => onceForKey(context, { key: 'key', asked, start: how }),
    pass: (ms: number) => void (aheadMs += ms),
    starts: () => starts,
  };
}

test('A key that comes again within 24 hours gets the first answer', async () => {
  const { ask, pass, starts } = keyed();

  const first = await ask();
  pass(24 * 60 * 60 * 1000 - 1);

  expect(await ask()).toEqual(first);
  expect(starts()).toBe(1);
});

test('A key is forgotten after 24 hours', async () => {
  const { ask, pass } = keyed();
  await ask();

  pass(24 * 60 * 60 * 1000);

  expect(await ask()).toEqual(['run-2']);
});

test('A key with another request is refused', async () => {
  const { ask } = keyed();
  await ask('docs');

  await expect(ask('other')).rejects.toMatchObject({ code: 'IdempotencyKeyReused' });
});

test('A start that fails frees its key', async () => {
  const { ask } = keyed();

  await expect(ask('docs', () => Promise.reject(new Error('no')))).rejects.toThrow('no');

  expect(await ask()).toEqual(['run-1']);
});

test('A second request while the first is under way is told to ask again, and after its death takes over', async () => {
  const { ask, pass } = keyed();
  void ask('docs', () => new Promise(() => undefined));
  await new Promise((resolve) => setImmediate(resolve));

  await expect(ask()).rejects.toMatchObject({ code: 'AlreadyQueued' });
  pass(60_001);

  expect(await ask()).toEqual(['run-1']);
});
