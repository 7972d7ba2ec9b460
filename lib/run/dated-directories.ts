/** Directories beneath those of dates: made for the files that go into them, with the source's attributes and permissions. */
import { type FileTask, joinPath, parentPath, type SharePath } from '../model/index.ts';
import { everything } from '../plan/index.ts';
import { destinationPath, settingsFor, sourcePath } from './copy-file.ts';
import { clearingReadOnly, deleteTree } from './delete.ts';
import { isOtherKind } from './entry-steps.ts';
import type { ShardSession } from './shard-session.ts';

/** Writes a file. A directory saved under its name on the same date gives way; its versions are in earlier restore points. */
export async function givingWay<T>(
  session: ShardSession,
  { path, into }: Pick<FileTask, 'path' | 'into'>,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (into === undefined || !isOtherKind(error)) throw error;
    await deleteTree(session, joinPath(into, path), everything);
    return write();
  }
}

export class DatedDirectories {
  readonly #session: ShardSession;
  readonly #made = new Map<SharePath, Promise<void>>();

  constructor(session: ShardSession) {
    this.#session = session;
  }

  /** What is above a file that goes into the directory of a date; each once in a turn. */
  makeAbove({ path, into = '' }: Pick<FileTask, 'path' | 'into'>): Promise<void> {
    return this.#make(parentPath(joinPath(into, path)), into);
  }

  #make(path: SharePath, date: string): Promise<void> {
    const known = this.#made.get(path);
    if (known !== undefined) return known;
    const making = this.#makeNow(path, date);
    making.catch(() => this.#made.delete(path));
    this.#made.set(path, making);
    return making;
  }

  async #makeNow(path: SharePath, date: string): Promise<void> {
    if (path === '') return;
    await this.#make(parentPath(path), date);
    const { source, destination, run, tally } = this.#session;
    const at = destinationPath(this.#session, path);
    const from =
      path === date
        ? undefined
        : await source.getDirectory(sourcePath(this.#session, path.slice(date.length + 1)), {
            snapshot: run.sourceSnapshot,
          });
    const settings = from === undefined ? {} : await settingsFor(this.#session, from);
    const { times: _times, ...kept } = { times: undefined, ...settings };
    const make = () => destination.createDirectory(at, { ...kept, metadata: from?.metadata ?? {} });
    try {
      if (await make()) tally.counts.directoriesMade += 1;
    } catch (error) {
      if (!isOtherKind(error)) throw error;
      // A file of this name was saved on the same date; its version is in an earlier restore point.
      await clearingReadOnly(this.#session, path, 'file', async () => {
        await destination.deleteFile(at);
      });
      if (await make()) tally.counts.directoriesMade += 1;
    }
  }
}
