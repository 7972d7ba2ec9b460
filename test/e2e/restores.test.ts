import type { ShareClient } from '@azure/storage-file-share';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunReport } from '../../lib/model/index.ts';
import { comparePlaces, type Difference } from '../../walker/index.ts';
import { destinationAccount, sourceAccount } from '../support/stack-emulator.ts';
import { documentsConfiguration } from '../support/stack-configuration.ts';
import { startUserStack, type UserStack } from '../support/stack-start.ts';

/** Of a tree of three directories with four files each. */
const [file, sibling] = ['d00001/f00000004.bin', 'd00001/f00000005.bin'];

let stack: UserStack;
let point: string;
let target: string;

beforeAll(async () => {
  stack = await startUserStack(documentsConfiguration);
  await stack.emulator.growTree({ share: 'finance', files: 12, filesPerDirectory: 4, sizeBytes: 3_000 });
  const share = stack.emulator.share(sourceAccount, 'finance').getDirectoryClient('d00001');
  await share.getFileClient('f00000004.bin').setMetadata({ reviewed: 'yes' });
  await share.getFileClient('f00000004.bin').setHttpHeaders({ fileContentType: 'text/x-plan' });
  point = (await stack.api.run('finance')).restorePoint ?? '';
}, 120_000);

let shares = 0;
beforeEach(() => {
  shares += 1;
  target = `restored-${shares}`;
});

async function restore(request: Record<string, unknown>): Promise<RunReport> {
  const { api } = stack;
  const to = { account: 'production', share: target, path: '/' };
  const { status, body } = await api.ask('POST', '/api/restores', { body: { job: 'finance', to, ...request } });
  if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return api.follow(body['restoreId'] as string);
}

/** What the restore point and the target differ in, as the walker sees it. */
async function differences(): Promise<readonly Difference[]> {
  const { emulator } = stack;
  const compared = await comparePlaces(
    { connectionString: emulator.connectionString(destinationAccount), share: 'finance', snapshot: point },
    { connectionString: emulator.connectionString(sourceAccount), share: target },
  );
  return compared.differences;
}

const missing = (found: readonly Difference[]): string[] =>
  found
    .filter(({ what, right }) => what === 'missing' && right === undefined)
    .map(({ path }) => path)
    .toSorted();
/** Differences of what is at both places, or at the target alone; directories above what was restored keep their own times. */
const others = (found: readonly Difference[]): readonly Difference[] =>
  found.filter(({ path, what, right }) => path !== '' && !(what === 'missing' && right === undefined));

/** The target as a whole restore leaves it, and then one file of it written over, with times of its own. */
async function aTargetWithAnotherVersion(): Promise<void> {
  await restore({});
  const directory = stack.emulator.share(sourceAccount, target).getDirectoryClient('d00001');
  await directory.getFileClient('f00000004.bin').uploadData(Buffer.from('worked on since'));
}

const textIn = async (share: ShareClient, path: string): Promise<string> =>
  (await share.rootDirectoryClient.getFileClient(path).downloadToBuffer()).toString('latin1');

const textOf = (path: string): Promise<string> => textIn(stack.emulator.share(sourceAccount, target), path);

describe('From a restore point, through the functions', () => {
  test('one file comes back, equal in every respect, and nothing beside it', async () => {
    const report = await restore({ paths: [file] });

    const found = await differences();
    expect(report).toMatchObject({ kind: 'restore', status: 'succeeded', counts: { copied: 1, failed: 0 } });
    expect(others(found).filter(({ path }) => path === file)).toEqual([]);
    expect(missing(found)).not.toContain(file);
    expect(missing(found)).toContain(sibling);
  });

  test('one directory comes back with all beneath it, and nothing beside it', async () => {
    const report = await restore({ paths: ['d00001'] });

    const found = await differences();
    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 4, failed: 0 } });
    expect(others(found)).toEqual([]);
    expect(missing(found).filter((path) => path.startsWith('d00001'))).toEqual([]);
    expect(missing(found)).toEqual(expect.arrayContaining(['d00000', 'd00002']));
  });

  test('everything comes back', async () => {
    await restore({});

    expect(await differences()).toEqual([]);
  });
});

describe('What is there already, of another content', () => {
  test('stays as it is by default', async () => {
    await aTargetWithAnotherVersion();

    const report = await restore({});

    expect(report).toMatchObject({ status: 'succeeded', restore: { skipped: 1 } });
    expect(await textOf(file)).toBe('worked on since');
    expect(new Set((await differences()).map(({ path }) => path).filter((path) => path !== 'd00001'))).toEqual(
      new Set([file]),
    );
  });

  test('is overwritten where that is asked for, and then equal; the safety snapshot has what was there', async () => {
    await aTargetWithAnotherVersion();

    const report = await restore({ onConflict: 'overwrite' });

    expect(report.status).toBe('succeeded');
    expect(await differences()).toEqual([]);
    const safety = stack.emulator.share(sourceAccount, target).withSnapshot(report.restore?.safetySnapshot ?? '');
    expect(await textIn(safety, file)).toBe('worked on since');
  });

  test('is kept beside the restored one, which gets the time of the restore point into its name', async () => {
    await aTargetWithAnotherVersion();

    const report = await restore({ onConflict: 'rename' });

    const added = (await differences()).filter(({ what, left }) => what === 'missing' && left === undefined);
    expect(report).toMatchObject({ status: 'succeeded', restore: { renamed: 1 } });
    expect(await textOf(file)).toBe('worked on since');
    expect(added.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^d00001\/f00000004 \(\d{4}-\d\d-\d\dT[\d-]+Z\)\.bin$/u),
    ]);
    const atPoint = stack.emulator.share(destinationAccount, 'finance').withSnapshot(point);
    expect(await textOf(added[0]?.path ?? '')).toBe(await textIn(atPoint, file));
  });
});
