import { globMatcher } from './glob.ts';

/** What a script may do to a request; the grammar of design.md §6. Several members may stand together. */
export type FaultEffects = {
  status?: number;
  code?: string;
  retryAfterSeconds?: number;
  delayMs?: number;
  reset?: 'before' | 'after';
  copyPendingMs?: number;
  outcome?: 'success' | 'failed' | 'aborted' | 'torn';
  pendingShowsFullSize?: boolean;
  truncateBodyAt?: number;
  listing?: 'repeatPage' | 'emptyPageWithMarker' | 'dropEntries';
  count?: number;
  rangeDiff?: 'omit' | 'refuse';
  clockSkewMs?: number;
};

/** One element of a script. */
export type Fault = {
  operation: string;
  account?: string;
  /** Glob over the decoded path inside the share; the root directory and the share itself are ''. */
  path?: string;
  /** Matching requests that pass before the element may fire. Default 0. */
  after?: number;
  /** How often it fires. Default: always. */
  times?: number;
  action: FaultEffects;
};

/** The request as far as a script looks at it. */
export type FaultSubject = { operation: string; account: string; path: string };

/** A script of faults with its counters. */
export type Faults = {
  /** Replaces the script; counters start at 0. @throws FaultScriptError */
  replace(script: unknown): void;
  /** The script with how often each element was matched and fired. */
  report(): readonly (Fault & { matched: number; fired: number })[];
  clear(): void;
  /** Effects for a request: of the first element that matches and may fire. Every matching element counts the request. */
  take(subject: FaultSubject): FaultEffects;
};

/** A script that cannot be understood; the message names the element and the member. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

const NO_EFFECTS: FaultEffects = Object.freeze({});

type Armed = { fault: Fault; matches: (path: string) => boolean; matched: number; fired: number };

/** An empty script. */
export function createFaults(): Faults {
  let script: Armed[] = [];
  return {
    replace(input) {
      script = parseScript(input).map((fault) => ({
        fault,
        matches: fault.path === undefined ? () => true : globMatcher(fault.path),
        matched: 0,
        fired: 0,
      }));
    },
    report: () => script.map(({ fault, matched, fired }) => ({ ...fault, matched, fired })),
    clear() {
      script = [];
    },
    take: (subject) => (script.length === 0 ? NO_EFFECTS : takeFrom(script, subject)),
  };
}

function takeFrom(script: Armed[], subject: FaultSubject): FaultEffects {
  let effects: FaultEffects | undefined;
  for (const armed of script) {
    if (!isAbout(armed, subject)) continue;
    armed.matched += 1;
    if (effects !== undefined || !isDue(armed)) continue;
    armed.fired += 1;
    effects = armed.fault.action;
  }
  return effects ?? NO_EFFECTS;
}

function isAbout({ fault, matches }: Armed, { operation, account, path }: FaultSubject): boolean {
  if (fault.operation !== operation && fault.operation !== '*') return false;
  return (fault.account === undefined || fault.account === account) && matches(path);
}

function isDue({ fault, fired, matched }: Armed): boolean {
  return matched > (fault.after ?? 0) && fired < (fault.times ?? Number.POSITIVE_INFINITY);
}

type Check = (value: unknown) => string | undefined;

const wholeFrom =
  (minimum: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= minimum ? undefined : `a whole number from ${minimum}`;
const anyWhole: Check = (value) => (Number.isSafeInteger(value) ? undefined : 'a whole number');
const text: Check = (value) => (typeof value === 'string' ? undefined : 'a string');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : `one of ${words.join(', ')}`;
const status: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 400 && (value as number) <= 599
    ? undefined
    : 'a status from 400 to 599';

const FAULT_MEMBERS: Record<string, Check> = {
  operation: (value) => (typeof value === 'string' && value !== '' ? undefined : 'the name of an operation or *'),
  account: text,
  path: text,
  after: wholeFrom(0),
  times: wholeFrom(1),
  action: (value) => (isObject(value) ? undefined : 'an object'),
};

const ACTION_MEMBERS: Record<keyof FaultEffects, Check> = {
  status,
  code: text,
  retryAfterSeconds: wholeFrom(0),
  delayMs: wholeFrom(0),
  reset: oneOf('before', 'after'),
  copyPendingMs: wholeFrom(0),
  outcome: oneOf('success', 'failed', 'aborted', 'torn'),
  pendingShowsFullSize: flag,
  truncateBodyAt: wholeFrom(0),
  listing: oneOf('repeatPage', 'emptyPageWithMarker', 'dropEntries'),
  count: wholeFrom(1),
  rangeDiff: oneOf('omit', 'refuse'),
  clockSkewMs: anyWhole,
};

/** A member that only says more about another one. */
const NEEDS: readonly (readonly [keyof FaultEffects, keyof FaultEffects])[] = [
  ['code', 'status'],
  ['retryAfterSeconds', 'status'],
  ['outcome', 'copyPendingMs'],
  ['pendingShowsFullSize', 'copyPendingMs'],
  ['count', 'listing'],
];

function parseScript(input: unknown): Fault[] {
  if (!Array.isArray(input)) throw new FaultScriptError('The script must be an array of faults.');
  return input.map((element: unknown, index) => {
    const place = `[${index}]`;
    checkMembers(place, element, FAULT_MEMBERS);
    const fault = element as Fault;
    if (fault.operation === undefined) throw new FaultScriptError(`${place}.operation is missing.`);
    if (fault.action === undefined) throw new FaultScriptError(`${place}.action is missing.`);
    checkMembers(`${place}.action`, fault.action, ACTION_MEMBERS);
    if (Object.keys(fault.action).length === 0) throw new FaultScriptError(`${place}.action is empty.`);
    for (const [member, other] of NEEDS) {
      if (fault.action[member] !== undefined && fault.action[other] === undefined) {
        throw new FaultScriptError(`${place}.action.${member} needs ${other} beside it.`);
      }
    }
    return fault;
  });
}

function checkMembers(place: string, value: unknown, members: Record<string, Check>): void {
  if (!isObject(value)) throw new FaultScriptError(`${place} must be an object.`);
  for (const [name, member] of Object.entries(value)) {
    const check = members[name];
    if (!check) throw new FaultScriptError(`${place}.${name} is not known; known: ${Object.keys(members).join(', ')}.`);
    const wanted = check(member);
    if (wanted !== undefined) throw new FaultScriptError(`${place}.${name} must be ${wanted}.`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
