import { request as httpRequest } from 'node:http';
import { ShareServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-share';
import { DEFAULT_ACCOUNT_KEY, startFilesEmulator } from '../../../emulator/index.ts';
import type { FilesEmulator, FilesEmulatorOptions } from '../../../emulator/index.ts';

export const ACCOUNT = 'devstoreaccount1';
export const OTHER_ACCOUNT = 'devstoreaccount2';

/** An SDK client that sends each request once, so that failures show at once. */
export function serviceClient(emulator: FilesEmulator, account = ACCOUNT): ShareServiceClient {
  return new ShareServiceClient(`${emulator.url}/${account}`, credentialOf(account), {
    retryOptions: { maxTries: 1 },
    allowTrailingDot: true,
    allowSourceTrailingDot: true,
  });
}

export function credentialOf(account = ACCOUNT): StorageSharedKeyCredential {
  return new StorageSharedKeyCredential(account, DEFAULT_ACCOUNT_KEY);
}

/** A test's own emulator: it never shares state, and defects of the server fail loudly. */
export async function startEmulator(options: FilesEmulatorOptions = {}): Promise<FilesEmulator> {
  const defects: unknown[] = [];
  const emulator = await startFilesEmulator({ reportDefect: (error) => void defects.push(error), ...options });
  const stop = async () => {
    await emulator.stop();
    if (defects.length > 0) throw new AggregateError(defects, 'The emulator answered InternalError.');
  };
  return { ...emulator, stop };
}

export type RawAnswer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

export type RawRequest = { headers?: Record<string, string>; body?: string | Buffer };

/** One request without any client library; `path` goes out as it stands. */
export function rawRequest(
  emulator: FilesEmulator,
  method: string,
  path: string,
  { headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { port } = emulator;
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What the SDK's errors tell: status and code. */
export type Failure = { statusCode: number | undefined; code: string | undefined; details: Record<string, unknown> };

/** Awaits a refusal; a success fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    const { statusCode, code, details } = error as Failure;
    return { statusCode, code, details: details ?? {} };
  }
  throw new Error('The request was expected to be refused.');
}

/** The counters as a client reads them. */
export async function readStats(emulator: FilesEmulator) {
  const response = await fetch(`${emulator.url}/_emulator/stats`);
  return (await response.json()) as ReturnType<FilesEmulator['stats']['report']>;
}

/** Posts to a control endpoint. */
export async function postControl(emulator: FilesEmulator, path: string, document: unknown) {
  const response = await fetch(`${emulator.url}/_emulator/${path}`, {
    method: 'POST',
    body: typeof document === 'string' ? document : JSON.stringify(document),
  });
  return { status: response.status, document: (await response.json()) as Record<string, unknown> };
}
