/** Where a text stops being JSON, by the reader's line and column. V8's own message may quote the text, secrets and all. */
export interface JsonError {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

const space = /[ \t\r\n]*/uy;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy; // oxlint-disable-line no-control-regex
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/uy;

class Mismatch {
  readonly offset: number;
  readonly expected: string;

  constructor(offset: number, expected: string) {
    this.offset = offset;
    this.expected = expected;
  }
}

/** `undefined` when the text is JSON. */
export function findJsonError(text: string): JsonError | undefined {
  const outcome = new Reader(text).document();
  if (outcome === undefined) return undefined;
  const before = text.slice(0, outcome.offset);
  const line = before.split('\n').length;
  return { line, column: outcome.offset - before.lastIndexOf('\n'), expected: outcome.expected };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Mismatch | undefined {
    const wrong = this.#value();
    if (wrong !== undefined) return wrong;
    this.#skip(space);
    return this.#at < this.#text.length ? new Mismatch(this.#at, 'the end of the document') : undefined;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #take(character: string): boolean {
    this.#skip(space);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #value(): Mismatch | undefined {
    if (this.#take('{')) return this.#members('}', () => this.#member());
    if (this.#take('[')) return this.#members(']', () => this.#value());
    return this.#skip(string) || this.#skip(scalar) ? undefined : new Mismatch(this.#at, 'a value');
  }

  #member(): Mismatch | undefined {
    this.#skip(space);
    if (!this.#skip(string)) return new Mismatch(this.#at, 'a name in double quotes');
    return this.#take(':') ? this.#value() : new Mismatch(this.#at, '":"');
  }

  #members(end: string, member: () => Mismatch | undefined): Mismatch | undefined {
    if (this.#take(end)) return undefined;
    for (;;) {
      const wrong = member();
      if (wrong !== undefined) return wrong;
      if (this.#take(end)) return undefined;
      if (!this.#take(',')) return new Mismatch(this.#at, `"," or "${end}"`);
    }
  }
}
