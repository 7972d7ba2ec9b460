import { createHmac } from 'node:crypto';
import { DEFAULT_ACCOUNT_KEY } from '../../../emulator/index.ts';

/** Signs a raw request as "Authorize with Shared Key" documents it, apart from the emulator's and the SDK's code. */
export function signedHeaders(
  method: string,
  path: string,
  options: { account?: string; headers?: Record<string, string>; order?: 'documented' | 'sdk'; dateMs?: number } = {},
): Record<string, string> {
  const { account = 'devstoreaccount1', order = 'documented', dateMs = Date.now() } = options;
  const headers: Record<string, string> = {
    'x-ms-date': new Date(dateMs).toUTCString(),
    'x-ms-version': '2026-10-06',
    ...options.headers,
  };
  const value = (name: string) => headers[name] ?? '';
  const languages = ['content-encoding', 'content-language'];
  const fixed = [
    ...(order === 'documented' ? languages : languages.toReversed()).map(value),
    value('content-length') === '0' ? '' : value('content-length'),
    ...['content-md5', 'content-type', 'date', 'if-modified-since', 'if-match', 'if-none-match'].map(value),
    ...['if-unmodified-since', 'range'].map(value),
  ];
  const canonicalHeaders = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .toSorted((left, right) => left.localeCompare(right, 'en-US'))
    .map((name) => `${name}:${headers[name]}\n`)
    .join('');
  const url = new URL(path, 'http://127.0.0.1');
  const query = [...url.searchParams]
    .map(([name, text]) => `\n${name.toLowerCase()}:${text}`)
    .toSorted()
    .join('');
  const rawPath = path.split('?')[0];
  const stringToSign = `${method}\n${fixed.join('\n')}\n${canonicalHeaders}/${account}${rawPath}${query}`;
  const signature = createHmac('sha256', Buffer.from(DEFAULT_ACCOUNT_KEY, 'base64'))
    .update(stringToSign)
    .digest('base64');
  return { ...headers, Authorization: `SharedKey ${account}:${signature}` };
}
