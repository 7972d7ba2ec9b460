/** Requests to a deployed app. The key travels in a header and is never part of a message. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '../lib/engine.ts';
import { FarshareError } from '../lib/errors.ts';
import { UsageError } from './usage-error.ts';

interface Problem {
  readonly code?: string;
  readonly detail?: string;
}

export interface AppAccess {
  readonly url: string;
  readonly key?: string | undefined;
  /** Of Entra ID, where callers sign in. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
}

/** An app that restarts or is scaled answers so for a moment. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const tries = 5;
const requestMs = 240_000;

export class AppClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;

  constructor({ url, key, token, fetch: ask = fetch }: AppAccess) {
    this.#url = checkedUrl(url);
    if (!key && !token) {
      throw new UsageError('NoKey', '--app needs the app’s key in FARSHARE_APP_KEY, or a token in FARSHARE_APP_TOKEN.');
    }
    this.#headers = { ...(key && { 'x-functions-key': key }), ...(token && { authorization: `Bearer ${token}` }) };
    this.#fetch = ask;
  }

  /** Undefined for 404. */
  async find<T>(path: string): Promise<T | undefined> {
    const response = await this.#send('GET', path);
    if (response.status === 404) return undefined;
    return this.#read<T>(response);
  }

  async page<T>(path: string): Promise<Page<T>> {
    const { items, next } = await this.#read<{ items: readonly T[]; next?: string | null }>(
      await this.#send('GET', path),
    );
    return { items, ...(next && { next }) };
  }

  /** All pages. */
  async all<T>(path: string): Promise<readonly T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const join = path.includes('?') ? '&' : '?';
      const page = await this.page<T>(
        cursor === undefined ? path : `${path}${join}cursor=${encodeURIComponent(cursor)}`,
      );
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return items;
  }

  /** Repeated after an unclear answer under one key, so that nothing is started twice. */
  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#read<T>(await this.#send('POST', path, JSON.stringify(body)));
  }

  async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  async #send(method: string, path: string, body?: string): Promise<Response> {
    const headers = { ...this.#headers, ...(body !== undefined && { 'idempotency-key': randomUUID() }) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const signal = AbortSignal.timeout(requestMs);
        const response = await this.#fetch(`${this.#url}${path}`, {
          method,
          headers,
          signal,
          // A redirection would take the key elsewhere.
          redirect: 'manual',
          ...(body !== undefined && { body }),
        });
        if (!passing.has(response.status) || attempt === tries) return response;
      } catch (error) {
        if (attempt === tries) throw unreachable(this.#url, error);
      }
      await sleep(250 * 2 ** attempt);
    }
  }

  async #read<T>(response: Response): Promise<T> {
    const text = await response.text();
    if (response.status >= 300 && response.status < 400) {
      throw new UsageError('AppRedirects', 'The address answers with another one. Give the address of the app itself.');
    }
    if (response.ok) return JSON.parse(text) as T;
    throw errorOf(response.status, text);
  }
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return url.origin;
  throw new UsageError('InvalidUsage', '--app has a wrong value.', [
    {
      path: '--app',
      message: 'is no address of an app',
      value: JSON.stringify(text),
      fix: 'Write https://NAME.azurewebsites.net; http only for this machine.',
    },
  ]);
}

const wrongUsage: ReadonlySet<string> = new Set(['InvalidRequest', 'JobNotFound', 'DestinationNotFound', 'NoKey']);

function errorOf(status: number, text: string): FarshareError {
  if (status === 401) return new UsageError('KeyRefused', 'The app does not take this key, or this token.');
  const { code = `Http${status}`, detail = `The app answered ${status}.` } = problemOf(text);
  if (wrongUsage.has(code)) return new UsageError(code, detail);
  return new FarshareError(code, detail, { disposition: 'run' });
}

function problemOf(text: string): Problem {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function unreachable(url: string, cause: unknown): FarshareError {
  const { message } = cause as Error;
  return new FarshareError('AppUnreachable', `The app at ${url} could not be reached: ${message}.`, {
    disposition: 'run',
    cause,
  });
}
