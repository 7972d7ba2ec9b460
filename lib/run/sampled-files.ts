/** The content of files that a walk comes to, for those whose turn it is. */
import type { Sample } from '../model/index.ts';
import { isInSlot } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { noteEntryFailure } from './entry-steps.ts';
import type { ShardSession } from './shard-session.ts';
import { filesAtOnce, Verifier } from './verify.ts';
import { WorkPool } from './work-pool.ts';

export class SampledFiles {
  readonly #session: ShardSession;
  readonly #verifier: Verifier;
  readonly #pool = new WorkPool(filesAtOnce);

  constructor(context: RunContext, session: ShardSession) {
    this.#session = session;
    this.#verifier = new Verifier(context, session);
  }

  /** Compares its content if it is in this run's slot; waits while as many as may be are under way. */
  async add(file: Sample): Promise<void> {
    const { sample } = this.#session.run;
    if (sample === undefined || !isInSlot(file.path, sample)) return;
    await this.#pool.add(async () => {
      try {
        await this.#verifier.verify(file);
      } catch (error) {
        noteEntryFailure(this.#session, file.path, error);
      }
    });
  }

  async settle(): Promise<void> {
    await this.#pool.drain();
  }
}
