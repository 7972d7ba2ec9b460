/** Debian's Chromium, driven by playwright-core, which brings no browser of its own. */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

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
  /** Epoch ms at which the page's clock stands still. */
  readonly nowMs?: number;
}

/** A new tab in a session of its own. */
export async function newPage(browser: Browser, url: string, looks: Looks = {}): Promise<OpenPage> {
  const { width = 1_280, dark, nowMs } = looks;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'Europe/Berlin',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  if (nowMs !== undefined) await page.clock.setFixedTime(nowMs);
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
