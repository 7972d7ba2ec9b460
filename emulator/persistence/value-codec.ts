import { Synthetic } from '../store/synthetic.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

/**
 * What becomes of values that are no plain data. `replaced` may put something smaller in the place of a member's value
 * (it then also stands in the object); `custom` describes an instance of a class by a kind and plain data.
 */
export type EncodeHooks = {
  replaced(owner: object, member: string, value: object): object;
  custom(value: object): { readonly kind: number; readonly data: unknown } | undefined;
};

/** Makes the instance that `custom` described. */
export type Revive = (kind: number, data: unknown) => unknown;

const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  natural: 4,
  negative: 5,
  double: 6,
  text: 7,
  repeatedText: 8,
  bigint: 9,
  object: 10,
  array: 11,
  map: 12,
  set: 13,
  bytes: 14,
  synthetic: 15,
  custom: 16,
} as const;

/**
 * Plain data as bytes: every member of every object by its name, so that a member added to the state is kept without a word
 * here. Names of members and texts are written once a page.
 */
export function encodeValue(value: unknown, hooks: EncodeHooks): Buffer {
  const encoder = new Encoder(hooks);
  encoder.value(value);
  return encoder.written();
}

class Encoder {
  private readonly out = new ByteWriter();
  private readonly texts = new Map<string, number>();
  private readonly shapes: (readonly string[])[] = [];
  private readonly hooks: EncodeHooks;

  constructor(hooks: EncodeHooks) {
    this.hooks = hooks;
  }

  written(): Buffer {
    return this.out.written();
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.out.byte(value ? TAG.true : TAG.false);
      case 'undefined':
        return this.out.byte(TAG.undefined);
      case 'bigint':
        this.out.byte(TAG.bigint);
        return this.out.text(String(value));
      case 'object':
        return value === null ? this.out.byte(TAG.null) : this.object(value);
      case 'function':
      case 'symbol':
        throw new TypeError(`State cannot hold a ${typeof value}.`);
    }
  }

  private text(value: string): void {
    const known = this.texts.get(value);
    if (known !== undefined) {
      this.out.byte(TAG.repeatedText);
      this.out.count(known);
      return;
    }
    this.texts.set(value, this.texts.size);
    this.out.byte(TAG.text);
    this.out.text(value);
  }

  private number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.out.byte(TAG.double);
      this.out.double(value);
    } else {
      this.out.byte(value < 0 ? TAG.negative : TAG.natural);
      this.out.count(Math.abs(value));
    }
  }

  private object(value: object): void {
    if (Array.isArray(value)) {
      this.out.byte(TAG.array);
      this.values(value);
    } else if (value instanceof Map) {
      this.out.byte(TAG.map);
      this.values([...value].flat(1));
    } else if (value instanceof Set) {
      this.out.byte(TAG.set);
      this.values([...value]);
    } else if (value instanceof Uint8Array) {
      this.out.byte(TAG.bytes);
      this.out.bytes(value);
    } else if (value instanceof Synthetic) {
      this.out.byte(TAG.synthetic);
      this.number(value.hash);
    } else {
      this.instance(value);
    }
  }

  private values(values: readonly unknown[]): void {
    this.out.count(values.length);
    for (const value of values) {
      this.value(value);
    }
  }

  private instance(value: object): void {
    const described = this.hooks.custom(value);
    if (described !== undefined) {
      this.out.byte(TAG.custom);
      this.out.count(described.kind);
      return this.value(described.data);
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`State cannot hold a ${value.constructor.name}.`);
    }
    this.members(value as Record<string, unknown>);
  }

  private members(value: Record<string, unknown>): void {
    const names = Object.keys(value);
    this.out.byte(TAG.object);
    this.shape(names);
    for (const name of names) {
      let member = value[name];
      if (typeof member === 'object' && member !== null) {
        const replaced = this.hooks.replaced(value, name, member);
        if (replaced !== member) {
          value[name] = replaced;
          member = replaced;
        }
      }
      this.value(member);
    }
  }

  /** A page has few shapes; comparing their names is much cheaper than making a key of them. */
  private shape(names: readonly string[]): void {
    const { shapes } = this;
    let index = 0;
    while (index < shapes.length && !isSame(shapes[index] as readonly string[], names)) {
      index += 1;
    }
    this.out.count(index);
    if (index === shapes.length) {
      shapes.push(names);
      this.out.count(names.length);
      names.forEach((name) => this.out.text(name));
    }
  }
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) {
    return false;
  }
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) {
      return false;
    }
  }
  return true;
}

/** What `encodeValue` wrote. */
export function decodeValue(bytes: Uint8Array, revive: Revive): unknown {
  return new Decoder(bytes, revive).value();
}

const EMPTY: Readonly<Record<string, unknown>> = Object.freeze({});

class Decoder {
  private readonly input: ByteReader;
  private readonly texts: string[] = [];
  private readonly templates: Record<string, unknown>[] = [];
  private readonly revive: Revive;

  constructor(bytes: Uint8Array, revive: Revive) {
    this.input = new ByteReader(bytes);
    this.revive = revive;
  }

  value(): unknown {
    const tag = this.input.byte();
    const read = READERS[tag];
    if (read === undefined) {
      throw new RangeError(`A stored page holds an unknown mark ${tag}.`);
    }
    return read(this);
  }

  static readonly readers: Readonly<Record<number, (decoder: Decoder) => unknown>> = {
    [TAG.undefined]: () => undefined,
    [TAG.null]: () => null,
    [TAG.false]: () => false,
    [TAG.true]: () => true,
    [TAG.natural]: ({ input }) => input.count(),
    [TAG.negative]: ({ input }) => -input.count(),
    [TAG.double]: ({ input }) => input.double(),
    [TAG.text]: (decoder) => decoder.text(),
    [TAG.repeatedText]: ({ input, texts }) => texts[input.count()],
    [TAG.bigint]: ({ input }) => BigInt(input.text()),
    [TAG.object]: (decoder) => decoder.members(),
    [TAG.array]: (decoder) => decoder.values(),
    [TAG.map]: (decoder) => decoder.map(),
    [TAG.set]: (decoder) => new Set(decoder.values()),
    [TAG.bytes]: ({ input }) => input.bytes(),
    [TAG.synthetic]: (decoder) => new Synthetic(decoder.value() as number),
    [TAG.custom]: (decoder) => decoder.revive(decoder.input.count(), decoder.value()),
  };

  private text(): string {
    const text = this.input.text();
    this.texts.push(text);
    return text;
  }

  private values(): unknown[] {
    const length = this.input.count();
    const values: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      values.push(this.value());
    }
    return values;
  }

  private map(): Map<unknown, unknown> {
    const values = this.values();
    const map = new Map<unknown, unknown>();
    for (let index = 0; index < values.length; index += 2) {
      map.set(values[index], values[index + 1]);
    }
    return map;
  }

  private members(): Record<string, unknown> {
    const shape = this.input.count();
    const template = this.templates[shape] ?? this.newTemplate();
    const names = Object.keys(template);
    if (names.length === 0) {
      return EMPTY as Record<string, unknown>;
    }
    const object = { ...template };
    for (const name of names) {
      const value = this.value();
      if (name === '__proto__') {
        Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
      } else {
        object[name] = value;
      }
    }
    return object;
  }

  private newTemplate(): Record<string, unknown> {
    const names = Array.from({ length: this.input.count() }, () => this.input.text());
    const template = templateOf(names);
    this.templates.push(template);
    return template;
  }
}

const READERS = Decoder.readers;
const templates = new Map<string, Record<string, unknown>>();

/**
 * An object with those members, to be cloned. Through JSON.parse, since an object so made keeps its members inside itself,
 * where one that grows member by member keeps most of them in an array beside it: a third more memory.
 */
function templateOf(names: readonly string[]): Record<string, unknown> {
  const shape = names.join('\n');
  let template = templates.get(shape);
  if (template === undefined) {
    const text = names.map((name) => `${JSON.stringify(name)}:null`).join(',');
    template = JSON.parse(`{${text}}`) as Record<string, unknown>;
    templates.set(shape, template);
  }
  return template;
}
