import type { DirectoryTask, Entry, ScanPosition } from '../model/index.ts';
import { type ListingDigest, RenamedFiles } from '../plan/index.ts';
import type { DirectoryNote } from './scan-entries.ts';

/** Of a directory: nothing, that files in it were overwritten, or that it, or which entries it has, changed. */
export type Noted = NonNullable<ScanPosition['noted']>;

type OwnNote = { -readonly [Key in keyof DirectoryNote]: DirectoryNote[Key] };

/** A directory being gone through, and what of it is noted. Copies of its files may end when the walk has left it. */
export class Visit {
  readonly task: DirectoryTask;
  noted: Noted;
  readonly renamed = new RenamedFiles();
  readonly #digest: ListingDigest | undefined;
  #isEnded = false;
  #note: OwnNote | undefined;

  constructor(task: DirectoryTask, noted: Noted, digest?: ListingDigest) {
    this.task = task;
    this.noted = noted;
    this.#digest = digest;
  }

  /** Takes one selected entry of the source. */
  see(source: Entry): void {
    this.#digest?.add(source);
  }

  /** All entries of the source have been seen, each once. A note that is stored already stays without digest. */
  end(): void {
    this.#isEnded = true;
    if (this.#note !== undefined && this.#digest !== undefined) this.#note.digest = this.#digest.value;
  }

  /**
   * What is to be noted when more than was noted has happened to the directory. `isHeld` tells whether the note made before
   * is still to be stored: then it is made to say so.
   */
  touch(as: Exclude<Noted, 'nothing'>, isHeld: (note: DirectoryNote) => boolean): DirectoryNote | undefined {
    if (this.noted === 'changed' || this.noted === as) return undefined;
    this.noted = as;
    if (this.#note !== undefined && isHeld(this.#note)) {
      delete this.#note.checkOnly;
      return undefined;
    }
    this.#note = { path: this.task.path, made: false };
    if (as === 'overwritten') this.#note.checkOnly = true;
    if (this.#isEnded && this.#digest !== undefined) this.#note.digest = this.#digest.value;
    return this.#note;
  }
}
