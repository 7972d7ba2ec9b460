import type { WriteStream } from 'node:tty';

const plainIntervalMs = 3_000;

/** One line that follows the work on a terminal; elsewhere a line now and then, so that a log stays short. */
export class Progress {
  readonly #out: WriteStream;
  #lastPlainAt = performance.now();
  #isLineOpen = false;

  constructor(out: WriteStream) {
    this.#out = out;
  }

  update(text: string): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K  ${text.slice(0, this.#out.columns - 3)}`);
      this.#isLineOpen = true;
      return;
    }
    if (performance.now() - this.#lastPlainAt < plainIntervalMs) return;
    this.#lastPlainAt = performance.now();
    this.#out.write(`  ${text}\n`);
  }

  /** A lasting line. */
  say(text = ''): void {
    if (this.#isLineOpen) this.#out.write('\r\u001b[K');
    this.#isLineOpen = false;
    this.#out.write(`${text}\n`);
    this.#lastPlainAt = performance.now();
  }
}
