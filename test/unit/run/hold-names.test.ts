import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Entry } from '../../../lib/model/index.ts';
import type { RunContext } from '../../../lib/run/context.ts';
import { pairsInPasses, type Readers } from '../../../lib/run/hold-names.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const held = 100;

function fileNamed(name: string): Entry {
  const at = '2026-01-01T00:00:00.0000000Z';
  const times = { creation: at, lastWrite: at, change: at };
  return {
    kind: 'file',
    name,
    sizeBytes: 1,
    times,
    lastModifiedMs: 0,
    etag: '',
    attributes: 'Archive',
    permissionKey: '',
  };
}

test('While a pass of a directory is listed, nothing of the pass before it is held', async () => {
  const context = { margins: { entriesHeld: held } } as RunContext;
  const dealtWith: WeakRef<Entry>[] = [];
  const stillHeld: number[] = [];
  const reader = () => ({
    async *pages() {
      // The garbage of this turn is collected in the next one.
      await new Promise((resolve) => setTimeout(resolve, 5));
      collectGarbage();
      stillHeld.push(dealtWith.filter((entry) => entry.deref() !== undefined).length);
      yield Array.from({ length: 4 * held }, (_, n) => fileNamed(`f${n}`));
    },
  });
  const open = () => ({ left: reader(), right: reader() }) as unknown as Readers;

  let names = 0;
  for await (const pairs of pairsInPasses(context, open)) {
    names += pairs.length;
    for (const { source } of pairs) if (source !== undefined) dealtWith.push(new WeakRef(source));
  }

  expect(names).toBe(4 * held);
  expect(stillHeld.length).toBeGreaterThan(10);
  // The last pair looked at may be one of them.
  expect(Math.max(...stillHeld)).toBeLessThanOrEqual(2);
});
