/**
 * CRC-64s of a large file's blocks, as the service computed them while they were copied: 12 characters of base64 a block, in
 * a file of its own in the share `farshare-catalog` of the destination account. They let a later run prove that a block it
 * need not copy is what the destination has. All of it can be lost: then nothing is known, and more is copied.
 */
import { createHash } from 'node:crypto';
import { asFarshareError } from '../errors.ts';
import {
  type DestinationConfig,
  type FileTask,
  type JobConfig,
  type Metadata,
  parentPath,
  type SharePath,
} from '../model/index.ts';
import { blockCount } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { catalogPlace, type ManifestOwner } from './manifest.ts';
import type { SharePort } from './ports.ts';
import type { ShardSession } from './shard-session.ts';

const charactersPerBlock = 12;
const crcPattern = /^[A-Za-z0-9+/]{11}=$/u;
/** The most of Put Range and of a Get with a range. */
const mostCharacters = 4 * 1024 * 1024;

/** Where the CRCs of a destination are, by the first two characters of the names of their files. */
export const blocksOf = (owner: ManifestOwner): SharePath => catalogPlace('blocks', owner);

/** Those of one file: a path may be longer than a name may be. */
export function blocksPath(owner: ManifestOwner, path: SharePath): SharePath {
  const name = createHash('sha256').update(path).digest('hex');
  return `${blocksOf(owner)}/${name.slice(0, 2)}/${name}`;
}

/** Only in a mirror a file is ever brought up to date in place. */
export const keepsCrcs = (of: { readonly job: JobConfig; readonly destination: DestinationConfig }): boolean =>
  of.job.delta !== 'off' && of.destination.mode === 'mirror';

export const usesCrcs = ({ run }: Pick<ShardSession, 'run'>): boolean => run.kind === 'backup' && keepsCrcs(run);

/** They go with the file. Where that fails they are small, and `verify --catalog` finds them. */
export async function removeBlocks(session: ShardSession, path: SharePath): Promise<void> {
  try {
    await session.catalog.deleteFile(blocksPath(session.run, path));
  } catch (error) {
    const { disposition } = asFarshareError(error);
    if (disposition !== 'entry' && disposition !== 'run') throw error;
  }
}

/** Of a file that can be copied by the service, the path is short enough for metadata. */
const pathMetadata = (path: SharePath): Metadata => ({ farshare_path: encodeURIComponent(path) });

/** Blocks between two that changed, which are written once more: 48 KiB of text are less than a request of their own. */
const mostBridged = 4_096;

/** Which version of a file the CRCs are of. */
const versionOf = ({ sizeBytes, times }: Pick<FileTask, 'sizeBytes' | 'times'>): string =>
  `${sizeBytes} ${times.lastWrite} ${times.change}`;

export class BlockCrcs {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #share: SharePort;
  readonly #path: SharePath;
  readonly #of: Metadata;
  readonly #known = new Map<number, string>();
  readonly #unsaved = new Set<number>();
  #isUsable: boolean;

  constructor(context: RunContext, session: ShardSession, file: FileTask) {
    this.#context = context;
    this.#session = session;
    this.#share = session.catalog;
    this.#isUsable = usesCrcs(session);
    this.#of = pathMetadata(file.path);
    this.#path = blocksPath(session.run, file.path);
  }

  crcOf(block: number): string | undefined {
    return this.#known.get(block);
  }

  /** Notes what a block is now; `undefined` when only part of it was written. */
  set(block: number, crc64: string | undefined): void {
    if (crc64 !== undefined && crcPattern.test(crc64)) this.#known.set(block, crc64);
    else this.#known.delete(block);
    this.#unsaved.add(block);
  }

  /** Nothing is known any more: the file is written anew. */
  forget(): void {
    this.#known.clear();
    this.#unsaved.clear();
  }

  /** Reads what is known of this very version; false where nothing is kept of it. */
  async load(version: Pick<FileTask, 'sizeBytes' | 'times'>): Promise<boolean> {
    let isKept = false;
    await this.#orForget(async () => {
      const stored = await this.#share.getFile(this.#path, {});
      if (stored === undefined || stored.metadata['farshare_version'] !== versionOf(version)) return;
      await this.#read(stored.sizeBytes);
      isKept = true;
    });
    return isKept;
  }

  /** Reads back what an earlier turn of the same transfer saved. */
  async resume(sizeBytes: number): Promise<void> {
    await this.#orForget(async () => {
      const stored = await this.#share.getFile(this.#path, {});
      if (stored !== undefined)
        await this.#read(Math.min(stored.sizeBytes, blockCount(sizeBytes) * charactersPerBlock));
    });
  }

  /** Begins anew, for a file of this size, with what is known so far; until `seal` it describes no version. */
  async begin(sizeBytes: number): Promise<void> {
    for (const block of this.#known.keys()) this.#unsaved.add(block);
    // Of a file that has shrunk.
    for (const block of [...this.#unsaved].filter((one) => one >= blockCount(sizeBytes))) {
      this.#known.delete(block);
      this.#unsaved.delete(block);
    }
    await this.#orForget(async () => {
      const settings = {
        sizeBytes: Math.max(1, blockCount(sizeBytes)) * charactersPerBlock,
        metadata: this.#of,
        headers: {},
      };
      try {
        await this.#share.createFile(this.#path, settings);
      } catch (error) {
        if (!missingCodes.has(asFarshareError(error).code)) throw error;
        await this.#share.createShare({});
        await this.#makeDirectories(parentPath(this.#path));
        await this.#share.createFile(this.#path, settings);
      }
    });
  }

  async save(): Promise<void> {
    await this.#orForget(async () => {
      const blocks = [...this.#unsaved].toSorted((a, b) => a - b);
      this.#unsaved.clear();
      let [first, text] = [blocks[0] ?? 0, ''];
      for (const block of blocks) {
        let next = first + text.length / charactersPerBlock;
        if (block - next > mostBridged || text.length >= mostCharacters - (mostBridged + 1) * charactersPerBlock) {
          await this.#put(first, text);
          [first, text, next] = [block, '', block];
        }
        for (; next <= block; next += 1) text += this.#known.get(next) ?? ' '.repeat(charactersPerBlock);
      }
      if (text !== '') await this.#put(first, text);
    });
  }

  /** From here on the CRCs are those of this version. */
  async seal(version: Pick<FileTask, 'sizeBytes' | 'times'>): Promise<void> {
    const metadata: Metadata = { ...this.#of, farshare_version: versionOf(version) };
    await this.#orForget(() => this.#share.setFileMetadata(this.#path, metadata));
  }

  /** The stored file may be of another version, and so of another length. */
  async #read(characters: number): Promise<void> {
    const blocks = Math.floor(characters / charactersPerBlock);
    const perRead = Math.floor(mostCharacters / charactersPerBlock);
    for (let first = 0; first < blocks; first += perRead) {
      const last = Math.min(blocks, first + perRead);
      const range = { start: first * charactersPerBlock, end: last * charactersPerBlock };
      const text = Buffer.from((await this.#share.getBytes(this.#path, { range })) ?? []).toString('latin1');
      for (let block = first; block < last; block += 1) {
        const at = (block - first) * charactersPerBlock;
        const crc = text.slice(at, at + charactersPerBlock);
        if (crcPattern.test(crc)) this.#known.set(block, crc);
      }
    }
  }

  #put(first: number, text: string): Promise<void> {
    return this.#share.putBytes(this.#path, first * charactersPerBlock, Buffer.from(text, 'latin1'));
  }

  async #makeDirectories(path: SharePath): Promise<void> {
    if (path === '') return;
    await this.#makeDirectories(parentPath(path));
    await this.#share.createDirectory(path, { metadata: {} });
  }

  /** A catalog that cannot be used costs a backup its proofs, never its success. */
  async #orForget(step: () => Promise<void>): Promise<void> {
    if (!this.#isUsable) return;
    try {
      await step();
    } catch (error) {
      const { disposition, code } = asFarshareError(error);
      if (disposition !== 'entry' && disposition !== 'run') throw error;
      this.#isUsable = false;
      this.#known.clear();
      this.#context.telemetry.event('backup.catalog.unusable', { runId: this.#session.run.runId, code });
    }
  }
}

const missingCodes: ReadonlySet<string> = new Set(['ShareNotFound', 'ParentNotFound', 'ResourceNotFound']);
