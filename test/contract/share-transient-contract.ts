import { describe, expect, test } from 'vitest';
import { ShardLeaseLostError } from '../../lib/errors.ts';
import type { RequestMeter } from '../../lib/run/ports.ts';
import { freshShare, newShare, someSettings, type SharesUnderTest } from './shares-under-test.ts';

const empty = { sizeBytes: 0, metadata: {}, headers: {} };

/** A meter of its own, beside the one that the whole suite is compared by. */
const recorder = () => {
  const operations: string[] = [];
  const meter: RequestMeter = { record: (operation) => void operations.push(operation) };
  return { operations, meter };
};

export function transientContract(made: () => SharesUnderTest): void {
  describe('retries', () => {
    retryContract(made);
  });
  describe('unclear answers', () => {
    unclearContract(made);
  });
  describe('refusals', () => {
    refusalContract(made);
  });
  describe('the leave to write', () => {
    leaveContract(made);
  });
}

function retryContract(made: () => SharesUnderTest): void {
  const transient = [
    { name: '503 with Retry-After', action: { status: 503, code: 'ServerBusy', retryAfterSeconds: 1 } },
    { name: '500', action: { status: 500, code: 'OperationTimedOut' } },
    { name: '429', action: { status: 429, code: 'TooManyRequests' } },
    { name: 'a connection broken before', action: { reset: 'before' as const } },
    { name: 'a connection broken after', action: { reset: 'after' as const } },
  ];

  test.for(transient)('$name passes in place, on reads and writes', async ({ action }) => {
    const { operations, meter } = recorder();
    const { ref } = await newShare(made());
    const port = made().open('source', ref.share, { meter });
    const faults = [
      { operation: 'CreateFile', times: 2, action },
      { operation: 'ListFilesAndDirectories', times: 1, action },
    ];

    const page = await made().withFaults(faults, async () => {
      await port.createFile('file', empty);
      return port.list('', {});
    });

    expect(page?.entries.map(({ name }) => name)).toEqual(['file']);
    expect(operations).toEqual([
      ...['CreateFile', 'CreateFile', 'CreateFile'],
      ...['ListFilesAndDirectories', 'ListFilesAndDirectories'],
    ]);
  });
}

function unclearContract(made: () => SharesUnderTest): void {
  test('a write whose answer was lost is still answered as the first that did it', async () => {
    const port = await newShare(made());
    await port.createFile('file', empty);
    const lost = { reset: 'after' as const };
    const faults = [
      { operation: 'CreateDirectory', times: 1, action: lost },
      { operation: 'DeleteFile', times: 1, action: lost },
    ];

    await made().withFaults(faults, async () => {
      expect(await port.createDirectory('dir', { metadata: {} })).toBe(true);
      expect(await port.deleteFile('file')).toBe(true);
    });

    expect((await port.list('', {}))?.entries.map(({ name }) => name)).toEqual(['dir']);
  });

  test('a listing cut short is asked for again and never passes for a shorter one', async () => {
    const port = await newShare(made());
    for (const name of ['a', 'b', 'c']) await port.createFile(name, empty);
    const cut = (truncateBodyAt: number) => [
      { operation: 'ListFilesAndDirectories', times: 1, action: { truncateBodyAt } },
    ];

    for (const at of [0, 100, 700, 1_500]) {
      const page = await made().withFaults(cut(at), () => port.list('', {}));
      expect(page?.entries.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    }
  });

  test('after five attempts the failure is thrown as one to retry later', { timeout: 60_000 }, async () => {
    const { operations, meter } = recorder();
    const { ref } = await newShare(made());
    const port = made().open('source', ref.share, { meter });
    const busy = [{ operation: 'GetFileProperties', action: { status: 503, code: 'ServerBusy' } }];

    const failed = made().withFaults(busy, () => port.getFile('file', {}));

    await expect(failed).rejects.toMatchObject({ code: 'ServerBusy', disposition: 'retry' });
    expect(operations).toHaveLength(5);
  });

  test('a snapshot is asked for once, whatever the answer', async () => {
    const port = await newShare(made());

    for (const action of [{ status: 500, code: 'InternalError' }, { reset: 'after' as const }]) {
      const asked = made().withFaults([{ operation: 'SnapshotShare', action }], () => port.createSnapshot({}));
      await expect(asked).rejects.toMatchObject({ disposition: 'retry', operation: 'SnapshotShare' });
    }

    expect(await port.listSnapshots()).toHaveLength(1);
  });
}

function refusalContract(made: () => SharesUnderTest): void {
  const refusals = [
    { operation: 'ListFilesAndDirectories', status: 403, code: 'AuthorizationFailure', disposition: 'entry' },
    { operation: 'ListFilesAndDirectories', status: 401, code: 'InvalidAuthenticationInfo', disposition: 'run' },
    { operation: 'ListFilesAndDirectories', status: 404, code: 'ShareNotFound', disposition: 'run' },
    { operation: 'ListFilesAndDirectories', status: 404, code: 'SomethingElse', disposition: 'entry' },
    { operation: 'GetShareProperties', status: 403, code: 'AuthorizationFailure', disposition: 'run' },
  ] as const;

  test.for(refusals)('$status $code to $operation is for the $disposition', async ({ disposition, ...refusal }) => {
    const port = await newShare(made());
    const { operation, status, code } = refusal;

    const refused = made().withFaults<unknown>([{ operation, action: { status, code } }], () =>
      operation === 'GetShareProperties' ? port.getShare() : port.list('', {}),
    );

    await expect(refused).rejects.toMatchObject({ code, disposition, operation });
  });

  const writes = ['SharingViolation', 'FileLockConflict', 'DeletePending', 'CannotDeleteFileOrDirectory'];

  test.for(writes)('409 %s to a write is for the entry', async (code) => {
    const port = await newShare(made());
    const fault = { operation: 'CreateFile', action: { status: 409, code } };

    const refused = made().withFaults([fault], () => port.createFile('file', empty));

    await expect(refused).rejects.toMatchObject({ code, disposition: 'entry' });
  });

  test('no message of an error holds a signature', async () => {
    const port = await newShare(made());
    const source = await made().open('source', freshShare()).copySource('secret', {});

    const error: unknown = await port.copyFile('to', source, someSettings).catch((caught: unknown) => caught);

    const signature = new URL(source.url()).searchParams.get('sig') ?? 'none';
    expect(error).toBeInstanceOf(Error);
    for (const text of [String(error), JSON.stringify(error), (error as Error).stack ?? '']) {
      expect(text).not.toContain(signature);
      expect(text).not.toContain('sig=');
    }
  });
}

function leaveContract(made: () => SharesUnderTest): void {
  test('it is asked for before each attempt of a write, and never for a read', async () => {
    let asked = 0;
    const { ref } = await newShare(made());
    const port = made().open('source', ref.share, { beforeWrite: () => void (asked += 1) });
    const busy = [{ operation: 'CreateFile', times: 2, action: { status: 503, code: 'ServerBusy' } }];

    await made().withFaults(busy, () => port.createFile('file', empty));
    expect(asked).toBe(3);
    await port.list('', {});
    await port.getFile('file', {});
    expect(asked).toBe(3);
  });

  test('without it nothing is sent, also when it ends between two attempts', async () => {
    let left = 1;
    const { operations, meter } = recorder();
    const { ref } = await newShare(made());
    const beforeWrite = () => {
      left -= 1;
      if (left < 0) throw new ShardLeaseLostError('taken over');
    };
    const port = made().open('source', ref.share, { meter, beforeWrite });
    const busy = [{ operation: 'CreateFile', times: 1, action: { status: 503, code: 'ServerBusy' } }];

    const lost = made().withFaults(busy, () => port.createFile('file', empty));

    await expect(lost).rejects.toBeInstanceOf(ShardLeaseLostError);
    expect(operations).toEqual(['CreateFile']);
    expect(await port.getFile('file', {})).toBeUndefined();
  });

  test('an aborted signal ends a request under way with its reason', async () => {
    const stop = new AbortController();
    const { ref } = await newShare(made());
    const port = made().open('source', ref.share, { signal: stop.signal });
    const slow = [{ operation: 'ListFilesAndDirectories', action: { delayMs: 2_000 } }];

    const listing = made().withFaults(slow, () => {
      setTimeout(() => stop.abort(new ShardLeaseLostError('stopped')), 100);
      return port.list('', {});
    });

    await expect(listing).rejects.toThrow('stopped');
    await expect(port.list('', {})).rejects.toThrow('stopped');
  });
}
