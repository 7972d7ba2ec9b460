import { afterEach, describe, expect, test } from 'vitest';
import type { FilesEmulator, FilesEmulatorOptions } from '../../../emulator/index.ts';
import { Pace } from '../../../emulator/pace.ts';
import { failureOf, OTHER_ACCOUNT, serviceClient, startEmulator } from './fixture.ts';

const MEBIBYTE = 1024 * 1024;
const data = { account: 'one', share: 'data' };

/** How many of `count` requests pass. */
function passed(pace: Pace, scope: typeof data, { count, atMs }: { count: number; atMs: number }): number {
  let passes = 0;
  for (let index = 0; index < count; index += 1) {
    try {
      pace.take(scope, atMs);
      passes += 1;
    } catch {
      // Over the budget.
    }
  }
  return passes;
}

describe('A budget', () => {
  test('of a share leaves other shares and the service alone', () => {
    const pace = new Pace({ share: { iops: 3 } });

    expect(passed(pace, data, { count: 5, atMs: 0 })).toBe(3);
    expect(passed(pace, { ...data, share: 'other' }, { count: 5, atMs: 0 })).toBe(3);
    expect(passed(pace, { ...data, share: '' }, { count: 5, atMs: 0 })).toBe(5);
  });

  test('of an account holds for all its shares together', () => {
    const pace = new Pace({ account: { iops: 4 }, share: { iops: 3 } });

    expect(passed(pace, data, { count: 5, atMs: 0 })).toBe(3);
    expect(passed(pace, { ...data, share: 'other' }, { count: 5, atMs: 0 })).toBe(1);
    expect(passed(pace, { account: 'two', share: 'data' }, { count: 5, atMs: 0 })).toBe(3);
  });

  test('fills again with time, up to one second of it', () => {
    const pace = new Pace({ share: { iops: 10 } });
    passed(pace, data, { count: 10, atMs: 0 });

    expect(passed(pace, data, { count: 10, atMs: 500 })).toBe(5);
    expect(passed(pace, data, { count: 30, atMs: 60_000 })).toBe(10);
  });

  test('of bytes runs into debt and is paid back', () => {
    const pace = new Pace({ share: { mebibytesPerSecond: 1 } });
    pace.take(data, 0);
    pace.moved(data, 3 * MEBIBYTE);

    expect(passed(pace, data, { count: 1, atMs: 1900 })).toBe(0);
    expect(passed(pace, data, { count: 1, atMs: 2100 })).toBe(1);
  });
});

describe('Over the wire', () => {
  let emulator: FilesEmulator;
  afterEach(() => emulator.stop());

  async function codesOf(options: FilesEmulatorOptions, account?: string) {
    emulator = await startEmulator(options);
    const share = serviceClient(emulator, account).getShareClient('paced');
    await share.create({ shareProvisionedIops: 2 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => share.getProperties()));
    return results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as { code: string }).code));
  }

  test('a share over its budget answers ServerBusy', async () => {
    const codes = await codesOf({ shareIops: 3 });

    expect(new Set(codes)).toEqual(new Set(['ok', 'ServerBusy']));
  });

  test('provisioned IOPS limit a share when the switch says so', async () => {
    const codes = await codesOf({ switches: { provisionedLimitsHold: true } }, OTHER_ACCOUNT);
    const busy = await failureOf(
      Promise.all(
        Array.from({ length: 8 }, () => serviceClient(emulator, OTHER_ACCOUNT).getShareClient('paced').getProperties()),
      ),
    );

    expect(codes).toContain('ServerBusy');
    expect(busy).toMatchObject({ statusCode: 503, code: 'ServerBusy' });
  });

  test('provisioned IOPS limit nothing otherwise', async () => {
    expect(new Set(await codesOf({}))).toEqual(new Set(['ok']));
  });
});
