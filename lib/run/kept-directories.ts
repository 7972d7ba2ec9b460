import { type DirectoryTask, parentPath, type SharePath } from '../model/index.ts';
import type { ShardSession } from './shard-session.ts';

/** Remembered in a turn; beyond, the guard takes kept directories for deleted. */
const mostKept = 10_000;

/** Directories that only the destination has, and that stay since they hold what the selection protects: no deletions, for the guard. */
export class KeptDirectories {
  readonly #session: ShardSession;
  readonly #kept = new Set<SharePath>();

  constructor(session: ShardSession) {
    this.#session = session;
  }

  /** Something in the directory is protected: it stays, with those above it that were counted as to be deleted. */
  keep({ path, extra = 0 }: DirectoryTask): void {
    const { tally, run } = this.#session;
    let at = path;
    for (let left = extra; left > 0 && this.#kept.size < mostKept && !this.#kept.has(at); left -= 1) {
      this.#kept.add(at);
      if (run.pass === 1) tally.toDelete -= 1;
      if (run.dryRun) tally.counts.deleted -= 1;
      at = parentPath(at);
    }
  }
}
