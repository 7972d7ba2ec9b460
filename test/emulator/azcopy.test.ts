import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../emulator/index.ts';
import { azcopy, whyAzCopyCannotStart } from '../support/stack-azcopy.ts';
import { ACCOUNT, OTHER_ACCOUNT, serviceClient, startEmulator } from './wire/fixture.ts';
import { accountSas } from './wire/sas-fixture.ts';

const SERVICE_VERSION_OF_SAS = '2022-11-02';

async function reasonNotToRun(): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'azcopy-'));
  try {
    return await whyAzCopyCannotStart(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// In CI a binary that cannot start fails the tests; elsewhere they are skipped and the reason is printed.
// oxlint-disable-next-line node/no-process-env -- CI is what decides it
const isCi = process.env['CI'] !== undefined;
const reason = await reasonNotToRun();
if (reason !== undefined)
  process.stderr.write(`AzCopy cannot start, its tests ${isCi ? 'fail' : 'are skipped'}: ${reason}\n`);

const isSkipped = reason !== undefined && !isCi;

let emulator: FilesEmulator;
let folder: string;
let source: ShareClient;
let destination: ShareClient;

beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'azcopy-'));
  source = serviceClient(emulator).getShareClient('src');
  destination = serviceClient(emulator, OTHER_ACCOUNT).getShareClient('dst');
  await source.create();
  await destination.create();
  await source.getDirectoryClient('docs').create({ metadata: { kind: 'directory' } });
  await source.getDirectoryClient('docs/deep').create();
  const big = Buffer.alloc(5 * 1024 * 1024, 'big');
  await write('docs/deep/big.bin', big);
  await write('docs/ä b+c%.txt', Buffer.from('odd name'));
  await write('empty', Buffer.alloc(0));
  for (let index = 0; index < 20; index += 1) await write(`f${index}.txt`, Buffer.from(`content ${index}`));
});
afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function write(path: string, content: Buffer): Promise<void> {
  const file = source.getDirectoryClient('').getFileClient(path);
  const fileHttpHeaders = { fileContentType: 'text/x-test' };
  await file.create(content.length, {
    fileHttpHeaders,
    metadata: { path: 'yes' },
    lastWriteTime: new Date(2020, 1, 2),
  });
  if (content.length === 0) return;
  for (let at = 0; at < content.length; at += 4 * 1024 * 1024) {
    const piece = content.subarray(at, at + 4 * 1024 * 1024);
    await file.uploadRange(piece, at, piece.length, { fileLastWrittenMode: 'Preserve' });
  }
}

const sas = (account: string) => accountSas('rwdlc', { version: SERVICE_VERSION_OF_SAS }, account);
const sourceUrl = (query = '') => `${emulator.url}/${ACCOUNT}/src?${query}${sas(ACCOUNT)}`;
const destinationUrl = (share = 'dst') => `${emulator.url}/${OTHER_ACCOUNT}/${share}?${sas(OTHER_ACCOUNT)}`;
const FLAGS = ['--from-to=FileFile', '--recursive', '--preserve-info=true', '--preserve-permissions=true'];

const sync = (from = sourceUrl()) =>
  azcopy(folder, 'sync', from, destinationUrl(), ...FLAGS, '--delete-destination=true');

describe.skipIf(isSkipped)('AzCopy, unmodified', () => {
  test('syncs a tree between two accounts, with times, headers and metadata', async () => {
    const outcome = await sync();

    expect(outcome.output).toContain('Final Job Status: Completed');
    expect(outcome.code).toBe(0);
    expect(await treeOf(destination)).toEqual(await treeOf(source));
    expect(emulator.stats.report().accounts[OTHER_ACCOUNT]?.['CopyFile']).toBeUndefined();
  });

  test('copies nothing when it syncs again', async () => {
    emulator.stats.reset();

    const outcome = await sync();

    expect(outcome.code).toBe(0);
    const writes = Object.keys(emulator.stats.report().requests).filter((name) =>
      /^(Create|Put|Set|Delete|Copy)/.test(name),
    );
    expect(writes).toEqual([]);
  });

  test('carries changes and deletions over, from a snapshot', async () => {
    const root = source.getDirectoryClient('');
    await root.getFileClient('f0.txt').delete();
    await root.getFileClient('f1.txt').uploadData(Buffer.from('changed'));
    await write('docs/new.txt', Buffer.from('new'));
    const { snapshot = '' } = await source.createSnapshot();
    const expected = await treeOf(source);
    await root.getFileClient('f2.txt').delete();

    const outcome = await sync(sourceUrl(`sharesnapshot=${snapshot}&`));

    expect(outcome.output).toContain('Final Job Status: Completed');
    expect(await treeOf(destination)).toEqual(expected);
  });

  test('copies into a share and removes from it', async () => {
    const other = serviceClient(emulator, OTHER_ACCOUNT).getShareClient('copied');
    await other.create();

    const copied = await azcopy(
      folder,
      'copy',
      sourceUrl().replace('/src?', '/src/docs?'),
      destinationUrl('copied'),
      ...FLAGS,
    );
    const paths = Object.keys(await treeOf(other));
    const removed = await azcopy(
      folder,
      'remove',
      destinationUrl('copied').replace('/copied?', '/copied/docs?'),
      '--from-to=FileTrash',
      '--recursive',
    );

    expect(copied.output).toContain('Final Job Status: Completed');
    expect(paths).toContain('docs/deep/big.bin');
    expect(removed.output).toContain('Final Job Status: Completed');
    expect(await treeOf(other)).toEqual({});
  });
});

/** All files of a share: content, LastWriteTime to 100 ns, type, metadata. */
async function treeOf(share: ShareClient, path = ''): Promise<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for await (const item of share.getDirectoryClient(path).listFilesAndDirectories()) {
    const child = path === '' ? item.name : `${path}/${item.name}`;
    if (item.kind === 'directory') Object.assign(tree, { [`${child}/`]: true }, await treeOf(share, child));
    else tree[child] = await fileState(share, child);
  }
  return tree;
}

async function fileState(share: ShareClient, path: string): Promise<unknown> {
  const file = share.getDirectoryClient('').getFileClient(path);
  const properties = await file.getProperties();
  const content = properties.contentLength === 0 ? '' : (await file.downloadToBuffer()).toString('base64');
  const { contentType, metadata } = properties;
  return {
    content,
    contentType,
    metadata,
    lastWriteTime: properties._response.headers.get('x-ms-file-last-write-time'),
  };
}
