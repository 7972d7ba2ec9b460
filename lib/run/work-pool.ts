/** Runs steps side by side, at most `limit` at once; `add` waits for a free place, so that what waits stays bounded. */
export class WorkPool {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #error: unknown;
  #failed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws the first error of an earlier step instead of starting another. */
  async add(step: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit && !this.#failed) await Promise.race(this.#running);
    if (this.#failed) await this.drain();
    const running: Promise<void> = step()
      .catch((error: unknown) => {
        if (!this.#failed) this.#error = error;
        this.#failed = true;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for all that run; throws the first error. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failed) throw this.#error;
  }
}
