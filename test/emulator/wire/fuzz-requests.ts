import { Buffer } from 'node:buffer';
import { ACCOUNT } from './fixture.ts';
import { BODIES, HEADER_NAMES, NAMES, PARAMETERS, TEMPLATES, VALUES } from './fuzz-words.ts';
import { signedHeaders } from './signature.ts';
import { bearerToken } from './token.ts';

/** Whole numbers below a bound, the same ones for the same seed (mulberry32). */
export type Dice = (bound: number) => number;

export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

export type FuzzRequest = { method: string; path: string; headers: Record<string, string>; body: Buffer };

const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice(items.length)] as T;

/** One malformed (or at least odd) request, with an account SAS, a wrong one, a key, a token or nothing. */
export function oddRequest(dice: Dice, sas: string): FuzzRequest {
  const [method, where, asked, given = {}, text = ''] = pick(dice, TEMPLATES);
  const request = { method, where, query: asked, headers: { ...given }, text };
  for (let count = 1 + Math.min(dice(3), dice(3)); count > 0; count -= 1) mutate(dice, request);
  return authorised(dice, request, sas);
}

type Draft = { method: string; where: string; query: string; headers: Record<string, string>; text: string };

const MUTATIONS: readonly ((dice: Dice, draft: Draft) => void)[] = [
  (dice, draft) => {
    draft.method = pick(dice, ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']);
  },
  (dice, draft) => {
    draft.headers[pick(dice, HEADER_NAMES)] = pick(dice, VALUES);
  },
  (dice, draft) => {
    const name = pick(dice, [...Object.keys(draft.headers), 'x-ms-version']);
    draft.headers[name] = pick(dice, VALUES);
  },
  (dice, draft) => {
    const name = pick(dice, Object.keys(draft.headers).concat('x'));
    draft.headers = Object.fromEntries(Object.entries(draft.headers).filter(([each]) => each !== name));
  },
  (dice, draft) => {
    draft.query += `&${pick(dice, PARAMETERS)}`;
  },
  (dice, draft) => {
    draft.query = pick(dice, PARAMETERS);
  },
  (dice, draft) => {
    draft.where += `/${pick(dice, NAMES)}`;
  },
  (dice, draft) => {
    draft.where = `/${pick(dice, NAMES)}`;
  },
  (dice, draft) => {
    draft.text = dice(2) === 0 ? draft.text.slice(0, dice(draft.text.length + 1)) : pick(dice, BODIES);
  },
];

function mutate(dice: Dice, draft: Draft): void {
  pick(dice, MUTATIONS)(dice, draft);
}

function authorised(dice: Dice, draft: Draft, sas: string): FuzzRequest {
  const body = draft.method === 'GET' || draft.method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(draft.text);
  const headers = { ...draft.headers, 'content-length': String(body.length) };
  const target = `/${ACCOUNT}${draft.where}?${draft.query}`;
  const kind = dice(10);
  if (kind === 0) return { method: draft.method, path: target, headers, body };
  if (kind === 1) {
    const wrong = [sas.slice(0, -2), sas.replace(/se=\d{4}/, 'se=2001'), 'sv=x&sig=x', sas.replace('ss=f', 'ss=b')];
    return { method: draft.method, path: `${target}&${pick(dice, wrong)}`, headers, body };
  }
  if (kind === 2) {
    const token = pick(dice, [
      'Bearer',
      'Bearer a.b.c',
      `Bearer ${bearerToken()}`,
      'Basic eA==',
      'SharedKey a',
      'SharedKeyLite a:b',
    ]);
    return { method: draft.method, path: target, headers: { ...headers, authorization: token }, body };
  }
  if (kind === 3) {
    const signed = signedHeaders(draft.method, `/${ACCOUNT}${draft.where}`, {});
    return { method: draft.method, path: target, headers: { ...headers, ...signed }, body };
  }
  return { method: draft.method, path: `${target}&${sas}`, headers, body };
}

/** Bytes that are no HTTP, or HTTP that ends in the middle. */
export function oddBytes(dice: Dice, sas: string): string {
  const line = `PUT /${ACCOUNT}/fuzz/d/f?comp=range&${sas} HTTP/1.1\r\nHost: a\r\n`;
  const write = `${line}x-ms-write: update\r\nx-ms-range: bytes=0-3\r\n`;
  return pick(dice, [
    'GET\r\n\r\n',
    '\u0000\u0001\u0002\r\n\r\n',
    `${line}NoColon\r\n\r\n`,
    `${line}Content-Length: -1\r\n\r\n`,
    `${line}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
    `${line}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nabcd`,
    `${write}Transfer-Encoding: chunked\r\n\r\nZZ\r\nabcd\r\n0\r\n\r\n`,
    `${write}Content-Length: 4\r\n\r\nab`,
    `${line}X-Long: ${'a'.repeat(40_000)}\r\n\r\n`,
    `${line}${Array.from({ length: 3000 }, (_, index) => `x-${index}: a\r\n`).join('')}\r\n`,
    `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET http://${'%zz'.repeat(5)}/ HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET * HTTP/1.1\r\nHost: a\r\n\r\n`,
    `CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET / HTTP/9.9\r\nHost: a\r\n\r\n`,
    `GET / HTTP/1.1\r\n\r\n`,
    `GET /${ACCOUNT}/fuzz?restype=share HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n`,
  ]);
}
