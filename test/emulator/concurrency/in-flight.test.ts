import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, readStats, serviceClient, startEmulator } from '../wire/fixture.ts';

let emulator: FilesEmulator;
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.stop());

const PARALLEL = 64;

test('64 copies at once are in flight together, and one after the other they are not', async () => {
  const share = (await serviceClient(emulator).createShare('in-flight')).shareClient;
  const source = share.rootDirectoryClient.getFileClient('source');
  await source.create(10);
  const copy = (name: string) =>
    share.rootDirectoryClient.getFileClient(name).startCopyFromURL(`${emulator.url}/${ACCOUNT}/in-flight/source`);

  for (let index = 0; index < 5; index += 1) await copy(`one-by-one-${index}`);
  const alone = (await readStats(emulator)).mostConcurrent;
  // The first round opens the connections, one after the other on the one event loop of this test.
  for (let round = 0; round < 2; round += 1) {
    await Promise.all(Array.from({ length: PARALLEL }, (_, index) => copy(`together-${round}-${index}`)));
  }
  const together = (await readStats(emulator)).mostConcurrent;

  expect(alone).toBe(1);
  expect(together).toBeGreaterThan(1);
  expect(together).toBeLessThanOrEqual(PARALLEL);
});
