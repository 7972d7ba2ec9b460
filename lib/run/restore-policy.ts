/** What a restore does with directories: those that are there stay as they are, unless they are wholly overwritten. */
import { type DirectoryEntry, type DirectoryTask, parentPath, type SharePath } from '../model/index.ts';
import type { Selection } from '../plan/index.ts';
import { sourceOf } from './copy-file.ts';
import { makeDirectory } from './entry-steps.ts';
import type { DirectoryNote, EntryPolicy } from './scan-entries.ts';
import type { ShardSession } from './shard-session.ts';

export class RestorePolicy implements EntryPolicy {
  readonly #session: ShardSession;
  readonly #selection: Selection;
  /** Directories that are there, or are being made. */
  readonly #there = new Map<SharePath, Promise<void>>([['', Promise.resolve()]]);

  #date: string | undefined;
  #taken: { readonly date: string | undefined; readonly path: SharePath } = { date: undefined, path: '' };

  constructor(session: ShardSession, selection: Selection) {
    this.#session = session;
    this.#selection = selection;
  }

  enter({ path, side, dates }: DirectoryTask): void {
    this.#date = dates?.at(-1);
    if (side === 'both') this.#there.set(path, Promise.resolve());
  }

  /** What comes next is about an entry that is filed under these dates. */
  take(dates: readonly string[] | undefined, path: SharePath): void {
    this.#taken = { date: dates?.at(-1), path };
  }

  /** A date that has the current directory has those above it too; the root is of all dates, and of none. */
  dateOf(path: SharePath): string | undefined {
    return path === this.#taken.path ? this.#taken.date : path === '' ? undefined : this.#date;
  }

  leaves(path: SharePath, held?: DirectoryEntry): boolean {
    const { restore, startedAtDestinationMs } = this.#session.run;
    // A dated destination has its dates there.
    if (path === '' && restore?.mode === 'dated') return true;
    if (path === '' && restore?.made === true) return false;
    if (restore?.onConflict === 'overwrite' && this.#selection.takesAllBeneath(path)) return false;
    // Made by an earlier turn that did not come to store that it had.
    return held === undefined || Date.parse(held.times.creation) < startedAtDestinationMs - 1_000;
  }

  /** With patterns, most directories above what they match may hold nothing of it. */
  isMadeLater(path: SharePath): boolean {
    return !this.#selection.takesAllBeneath(path);
  }

  makeAbove(path: SharePath): Promise<void> {
    return this.#make(parentPath(path));
  }

  #make(path: SharePath): Promise<void> {
    if (!this.isMadeLater(path)) return Promise.resolve();
    const known = this.#there.get(path);
    if (known !== undefined) return known;
    const making = this.#makeNow(path);
    making.catch(() => this.#there.delete(path));
    this.#there.set(path, making);
    return making;
  }

  async #makeNow(path: SharePath): Promise<void> {
    await this.#make(parentPath(path));
    const { source, run } = this.#session;
    const date = this.dateOf(path);
    const from = await source.getDirectory(sourceOf(this.#session, { path, from: date }), {
      snapshot: run.sourceSnapshot,
    });
    if (from === undefined || (await makeDirectory(this.#session, path, from)) === 'both') return;
    const note: DirectoryNote = { path, made: true, ...(date !== undefined && { from: date }) };
    this.#session.note('directory', note);
  }
}
