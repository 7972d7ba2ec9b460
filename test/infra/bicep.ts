/** Reads what these tests ask of a Bicep file: its declarations, with the literal parts of their bodies as values. */
import { readFileSync } from 'node:fs';

/** An expression, as written. */
export class Expression {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type BicepValue = string | number | boolean | null | Expression | BicepObject | readonly BicepValue[];
export interface BicepObject {
  readonly [name: string]: BicepValue;
}

export interface Declaration {
  readonly kind: 'resource' | 'module' | 'param' | 'var' | 'output' | 'type';
  readonly symbol: string;
  /** Of a resource its type and version, of a module its path, of a parameter its type and default. */
  readonly what: string;
  readonly isExisting: boolean;
  readonly decorators: readonly string[];
  readonly value: BicepValue;
}

export const readBicep = (file: string): readonly Declaration[] => parseBicep(readFileSync(file, 'utf8'));

const heads = {
  resource: /^resource (\w+) '([^']+)'( existing)? = /u,
  module: /^module (\w+) '([^']+)' = /u,
  param: /^param (\w+) ([^\n=]+?)(?: = |\n|$)/u,
  var: /^var (\w+)() = /u,
  output: /^output (\w+) (\S+) = /u,
  type: /^type (\w+)() = /u,
};

export function parseBicep(text: string): readonly Declaration[] {
  const declarations: Declaration[] = [];
  let decorators: string[] = [];
  for (const start of text.matchAll(/^(?:@[^\n]*|\w+ [^\n]*)/gmu)) {
    const rest = text.slice(start.index);
    if (rest.startsWith('@')) {
      decorators.push(start[0]);
      continue;
    }
    for (const [kind, pattern] of Object.entries(heads)) {
      const head = pattern.exec(rest);
      if (head === null) continue;
      const hasValue = head[0].endsWith('= ');
      declarations.push({
        kind: kind as Declaration['kind'],
        symbol: head[1] ?? '',
        what: head[2] ?? '',
        isExisting: head[3] !== undefined,
        decorators,
        value: hasValue ? new Reader(rest, head[0].length).value() : null,
      });
    }
    decorators = [];
  }
  return declarations;
}

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

class Reader {
  private readonly text: string;
  private at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  value(): BicepValue {
    const condition = /^if \(/u.exec(this.rest());
    if (condition !== null) {
      this.at += 3;
      this.skipBalanced();
      this.skipSpace();
    }
    const begin = this.at;
    const value = this.primary();
    if (this.isOver()) return value;
    this.at = begin;
    return this.expression();
  }

  private primary(): BicepValue {
    const rest = this.rest();
    if (rest.startsWith('{')) return this.object();
    if (rest.startsWith('[')) return this.array();
    const string = /^'((?:\\.|\$\{[^}]*\}|[^'\\])*)'/u.exec(rest);
    if (string !== null && !rest.startsWith("'''")) {
      this.at += string[0].length;
      return string[1] ?? '';
    }
    const word = /^(?:true|false|null|\d+)\b/u.exec(rest);
    if (word !== null) {
      this.at += word[0].length;
      return JSON.parse(word[0]) as BicepValue;
    }
    return null;
  }

  private object(): BicepObject {
    const result: Record<string, BicepValue> = {};
    this.at += 1;
    for (this.skipSeparators(); !this.rest().startsWith('}'); this.skipSeparators()) {
      const name = /^(?:'([^']*)'|(\w+))\s*:\s*/u.exec(this.rest());
      const nested = /^resource (\w+) '[^']+'(?: existing)? = /u.exec(this.rest());
      const head = nested ?? name;
      if (head === null) throw new SyntaxError(`not a property: ${this.rest().slice(0, 60)}`);
      this.at += head[0].length;
      result[head[1] ?? head[2] ?? ''] = this.value();
    }
    this.at += 1;
    return result;
  }

  private array(): readonly BicepValue[] {
    this.at += 1;
    this.skipSeparators();
    if (this.rest().startsWith('for ')) return [this.loop()];
    const result: BicepValue[] = [];
    for (; !this.rest().startsWith(']'); this.skipSeparators()) result.push(this.value());
    this.at += 1;
    return result;
  }

  /** A loop has one value, that of its body. */
  private loop(): BicepValue {
    while (this.text[this.at] !== ':') {
      if (this.text[this.at] === '(') this.skipBalanced();
      else this.at += 1;
    }
    this.at += 1;
    this.skipSpace();
    const value = this.value();
    this.skipSeparators();
    this.at += 1;
    return value;
  }

  /** To the end of its line, but not within brackets, and further where the next line goes on with `?` or `:`. */
  private expression(): Expression {
    const begin = this.at;
    while (!this.isOver()) {
      const character = this.text[this.at] ?? '';
      if (character in closing) this.skipBalanced();
      else if (character === "'") this.primary();
      else this.at += 1;
      const goesOn = /^\s*\n\s*[?:] /u.exec(this.rest());
      if (goesOn !== null) this.at += goesOn[0].length;
    }
    return new Expression(this.text.slice(begin, this.at));
  }

  private skipBalanced(): void {
    const close = closing[this.text[this.at] ?? ''];
    for (this.at += 1; this.text[this.at] !== close;) {
      const character = this.text[this.at];
      if (character === undefined) throw new SyntaxError(`no ${close} to the end of the file`);
      if (character in closing) this.skipBalanced();
      else if (character === "'") this.primary();
      else this.at += 1;
    }
    this.at += 1;
  }

  private isOver = (): boolean => /^(?:[ \t]*(?:\/\/[^\n]*)?(?:\n|$)|\s*[\]},])/u.test(this.rest());
  private rest = (): string => this.text.slice(this.at);
  private skipSpace = (): void => void (this.at += /^[ \t]*/u.exec(this.rest())?.[0].length ?? 0);
  private skipSeparators = (): void =>
    void (this.at += /^(?:[\s,]|\/\/[^\n]*|@[^\n]*)*/u.exec(this.rest())?.[0].length ?? 0);
}
