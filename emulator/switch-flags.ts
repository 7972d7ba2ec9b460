import { DEFAULT_SWITCHES } from './store/index.ts';
import type { Switches } from './store/index.ts';

/** Parses `name=value` of `--switch` flags by the kind of each default. @throws Error that names what is wrong */
export function parseSwitches(texts: readonly string[]): Partial<Switches> {
  return Object.fromEntries(texts.map(parseSwitch)) as Partial<Switches>;
}

function parseSwitch(text: string): [string, boolean | number | string] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? '' : text.slice(equals + 1);
  const known = Object.entries(DEFAULT_SWITCHES).find(([each]) => each === name);
  if (known === undefined) {
    throw new Error(`switch: '${name}' is not known; known: ${Object.keys(DEFAULT_SWITCHES).join(', ')}.`);
  }
  return [name, valueLike(name, value, known[1])];
}

/** Words that a textual switch is limited to. */
const WORDS: Readonly<Record<string, readonly string[]>> = { listingOrder: ['upper', 'lower', 'ordinal', 'scattered'] };

function valueLike(name: string, value: string, like: boolean | number | string): boolean | number | string {
  if (typeof like === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new Error(`switch: ${name} is true or false, not '${value}'.`);
  }
  if (typeof like === 'number') {
    if (/^\d{1,12}$/.test(value)) return Number(value);
    throw new Error(`switch: ${name} is a whole number, not '${value}'.`);
  }
  const words = WORDS[name];
  if (words === undefined || words.includes(value)) return value;
  throw new Error(`switch: ${name} is one of ${words.join(', ')}, not '${value}'.`);
}
