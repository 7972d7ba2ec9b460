/** A job between two shares of the target, and the engine in this process, as the CLI has it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystemAttributes, type ShareClient } from '@azure/storage-file-share';
import { composeLocal } from '../../lib/compose.ts';
import { loadConfig } from '../../lib/config.ts';
import type { LocalEngine } from '../../lib/engine.ts';
import type { RunReport } from '../../lib/model/index.ts';
import { comparePlaces, type Comparison } from '../../walker/index.ts';
import type { Target } from './target.ts';

export interface Backups extends AsyncDisposable {
  readonly engine: LocalEngine;
  readonly from: ShareClient;
  readonly to: ShareClient;
  run(): Promise<RunReport>;
  drive(runId: string): Promise<RunReport>;
  /** The walker's comparison of a restore point with its source snapshot. */
  compare(report: RunReport): Promise<Comparison>;
}

export async function startBackups(
  { source, destination }: Target,
  job: Record<string, unknown> = {},
): Promise<Backups> {
  const [from, to] = [await source.newShare(), await destination.newShare()];
  const document = {
    accounts: { production: source.account, vault: destination.account },
    jobs: [
      {
        name: 'docs',
        source: { account: 'production', share: from.name },
        destinations: [{ name: 'vault', account: 'vault', share: to.name, keep: { last: 2 } }],
        ...job,
      },
    ],
  };
  const config = await loadConfig({ value: JSON.stringify(document), readFile: () => '', env: {} });
  const stateDirectory = mkdtempSync(join(tmpdir(), 'farshare-azure-'));
  const engine = await composeLocal({ config, stateDirectory, log: () => undefined });
  const signal = new AbortController().signal;
  const drive = async (runIds: readonly string[]): Promise<RunReport> => {
    const [report] = await engine.drive(runIds, { signal, onProgress: () => undefined });
    if (report === undefined) throw new Error('no report');
    return report;
  };
  return {
    engine,
    from,
    to,
    run: async () => drive(await engine.startRuns('docs', {})),
    drive: (runId) => drive([runId]),
    async compare({ sourceSnapshot, restorePoint }) {
      const [left, right] = await Promise.all([source.readableUrl(from), destination.readableUrl(to)]);
      return comparePlaces(
        { shareUrl: left, snapshot: sourceSnapshot ?? '' },
        { shareUrl: right, snapshot: restorePoint ?? '' },
      );
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
      rmSync(stateDirectory, { recursive: true });
    },
  };
}

const mebibyte = 1024 ** 2;

/** Some of everything that has been hard: names, attributes, metadata, an empty file, one of several ranges. */
export async function writeTree(share: ShareClient): Promise<void> {
  for (const path of ['docs', 'docs/deep', 'docs/Ünï & #100%']) await share.getDirectoryClient(path).create();
  const put = async (
    path: string,
    content: Buffer,
    more: { readOnly?: boolean; metadata?: Record<string, string> } = {},
  ) => {
    const file = share.rootDirectoryClient.getFileClient(path);
    await file.create(content.length, more.metadata === undefined ? {} : { metadata: more.metadata });
    for (let at = 0; at < content.length; at += 4 * mebibyte) {
      const part = content.subarray(at, at + 4 * mebibyte);
      await file.uploadRange(part, at, part.length);
    }
    if (more.readOnly === true) await file.setProperties({ fileAttributes: FileSystemAttributes.parse('ReadOnly') });
  };
  await put('docs/empty.txt', Buffer.alloc(0));
  await put('docs/small.txt', Buffer.from('small'), { metadata: { team: 'one' } });
  await put('docs/deep/ends with a dot.', Buffer.from('dot'));
  await put('docs/Ünï & #100%/ñ+é.txt', Buffer.from('names'));
  await put('docs/read only.txt', Buffer.from('kept'), { readOnly: true });
  await put('large.bin', Buffer.alloc(9 * mebibyte, 'range'));
}

export async function changeTree(share: ShareClient): Promise<void> {
  const root = share.rootDirectoryClient;
  await root.getFileClient('docs/small.txt').uploadRange('SMALL', 0, 5);
  await root.getFileClient('docs/deep/ends with a dot.').delete();
  await root.getFileClient('docs/empty.txt').rename('docs/deep/moved.txt');
  await root.getFileClient('large.bin').uploadRange('changed', 5 * mebibyte, 7);
}
