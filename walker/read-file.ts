import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawHeaders } from './place.ts';

export interface FileReading {
  headers: RawHeaders;
  /** Hexadecimal; absent when content was not asked for. */
  sha256?: string;
}

/** Any version since 2021-06-08 answers with all times, attributes and the permission key. */
const serviceVersion = '2025-07-05';
const retryDelaysMs = [200, 1_000, 4_000];
const idleTimeoutMs = 60_000;

interface Options {
  content: 'hash' | 'none';
  agent: HttpAgent;
}

/**
 * Reads one file over plain `node:http`: the SDK's transport would unpack a stored `Content-Encoding: gzip`, and fail
 * where the content is not what the header says. `url` carries its own authorization, and errors do not repeat it.
 */
export async function readFile(url: URL, options: Options): Promise<FileReading> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await readOnce(url, options);
    } catch (error) {
      const delayMs = retryDelaysMs[attempt];
      if (delayMs === undefined || (error instanceof ReadError && !error.passing)) throw error;
      await sleep(delayMs);
    }
  }
}

class ReadError extends Error {
  readonly passing: boolean;
  constructor(message: string, passing: boolean) {
    super(message);
    this.name = 'ReadError';
    this.passing = passing;
  }
}

async function readOnce(url: URL, options: Options): Promise<FileReading> {
  const response = await send(url, options);
  const headers = headersOf(response);
  if (response.statusCode !== 200) {
    response.resume();
    const status = response.statusCode ?? 0;
    const code = headers.get('x-ms-error-code') ?? '';
    throw new ReadError(`was answered ${status} ${code}`, [429, 500, 503].includes(status));
  }
  if (options.content === 'none') {
    response.resume();
    return { headers };
  }
  const hash = createHash('sha256');
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    hash.update(chunk);
    received += chunk.length;
  }
  if (received !== Number(headers.get('content-length'))) {
    throw new ReadError(`ended after ${received} bytes`, true);
  }
  return { headers, sha256: hash.digest('hex') };
}

function send(url: URL, { content, agent }: Options): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: content === 'hash' ? 'GET' : 'HEAD',
        timeout: idleTimeoutMs,
        headers: { 'x-ms-version': serviceVersion, 'x-ms-allow-trailing-dot': 'true' },
      },
      resolve,
    );
    sent.on('timeout', () => sent.destroy(new Error(`stood still for ${idleTimeoutMs} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}

function headersOf(response: IncomingMessage): RawHeaders {
  const headers = new Map<string, string>();
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    headers.set((response.rawHeaders[i] ?? '').toLowerCase(), response.rawHeaders[i + 1] ?? '');
  }
  return headers;
}
