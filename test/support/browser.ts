/** Debian's Chromium, driven by playwright-core, which brings no browser of its own. */
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    // As root, in a container, without shared memory to speak of, and asking nobody anything.
    args: ['--headless', '--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
  });

export interface OpenPage {
  readonly page: Page;
  /** Errors of the page's script, refusals of its policy, and addresses of other origins that it asked. */
  readonly complaints: string[];
}

interface Looks {
  readonly width?: number;
  readonly dark?: boolean;
}

/** A new tab in a session of its own. */
export async function newPage(browser: Browser, url: string, { width = 1_280, dark }: Looks = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'Europe/Berlin',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('console', (message) => {
    // What a status other than 200 prints is the test's business.
    if (message.type() === 'error' && !/Failed to load resource/u.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:data|blob):/u.test(request.url())) complaints.push(request.url());
  });
  return { page, complaints };
}

/** Opens the dashboard and signs in with the key. */
export async function signIn(page: Page, { url, key }: { url: string; key: string }, route = '#/'): Promise<void> {
  await page.goto(`${url}/api/dashboard${route}`);
  await page.getByLabel('Function key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** Every rule of WCAG 2.2 A and AA, and the best practices, that axe can judge. */
export async function expectAccessible(page: Page): Promise<void> {
  const violations = await page.evaluate<Violation[]>(
    `(() => { ${axe.source}; return axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations); })()`,
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.failureSummary).join(' ')}`);
  expect(found).toEqual([]);
}

/** Nothing is wider than the window. */
export async function expectNoSideways(page: Page): Promise<void> {
  const [inner, wide] = await page.evaluate<[number, number]>('[innerWidth, document.documentElement.scrollWidth]');
  expect(wide).toBeLessThanOrEqual(inner);
}
