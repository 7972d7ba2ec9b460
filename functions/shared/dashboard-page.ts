import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

interface Page {
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** Written by scripts/build-dashboard.ts, beside the built functions. */
const file = new URL('../dashboard.html', import.meta.url);
let page: Page | undefined;

/** The page, with headers that let it run its own script, ask its own origin, and nothing more. */
export const dashboardPage = (): Page => (page ??= withHeaders(readFileSync(file, 'utf8')));

function withHeaders(body: string): Page {
  const policy = [
    "default-src 'none'",
    `script-src ${hashesOf(body, 'script')}`,
    `style-src ${hashesOf(body, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Refuses every way of making markup of a string, whatever the page's code does.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    body,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy.join('; '),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
  };
}

function hashesOf(body: string, element: 'script' | 'style'): string {
  const contents = [...body.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'gu'))];
  return contents
    .map(([, content = '']) => `'sha256-${createHash('sha256').update(content, 'utf8').digest('base64')}'`)
    .join(' ');
}
