/** Files that one shard leaves to others, many to a row: a directory of a million new files costs some thousand rows. */
import type { FileTask, ShardWork } from '../model/index.ts';
import type { FileAction } from '../plan/index.ts';

/** What a file left to another shard needs; `transfer`: it has been decided that it is copied, by ranges. */
export type HandedAction = FileAction | { readonly kind: 'transfer'; readonly base?: string };
export type ActionsWork = Extract<ShardWork, { kind: 'actions' }>;

/** Enough copies for some seconds of work, few enough to spread over instances. */
const filesPerBundle = 500;
/** A row holds 400,000 characters; paths have up to 2,048. */
const charactersPerBundle = 150_000;
/** A transaction holds 4 MiB, which is the half of it for characters that take three bytes. */
const charactersAtOnce = 600_000;
/** What stands in a row beside the path, about: sizes, three times, attributes, permission key, action. */
const fixedCharacters = 330;

export class ActionBundles {
  #works: ActionsWork[] = [];
  #files: ActionsWork['files'] = [];
  #characters = 0;
  #waiting = 0;

  add(file: FileTask, action: HandedAction): void {
    const characters = file.path.length + fixedCharacters;
    const isFull = this.#files.length >= filesPerBundle || this.#characters + characters > charactersPerBundle;
    if (isFull || this.#works.length === 0) {
      this.#files = [];
      this.#characters = 0;
      this.#works.push({ kind: 'actions', files: this.#files, done: 0 });
    }
    this.#files.push({ ...file, action: { ...action } });
    this.#characters += characters;
    this.#waiting += characters;
  }

  /** True when so much is waiting that it should be stored. */
  isFull(): boolean {
    return this.#waiting >= charactersAtOnce;
  }

  take(): ActionsWork[] {
    const works = this.#works;
    this.#works = [];
    this.#waiting = 0;
    return works;
  }
}
