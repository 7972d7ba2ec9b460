/** npm run screenshots: the pictures of docs/dashboard.md, made anew of the built page over a made-up API. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { newPage, signIn, startBrowser } from '../test/support/browser.ts';
import { startFakeApi } from '../test/support/fake-api.ts';
import type { FakeApi } from '../test/support/fake-api.ts';
import { showcase } from '../test/support/fake-showcase.ts';

/** The pictures show this moment, whenever they are made. */
const nowMs = Date.UTC(2026, 10, 22, 12, 5);
const folder = process.argv[2] ?? join(import.meta.dirname, '../docs/images');

interface Shot {
  readonly name: string;
  readonly route: string;
  readonly width?: number;
  readonly dark?: boolean;
  /** Only the height of the window; the whole page otherwise. */
  readonly isCut?: boolean;
  /** Gets the page to where the picture is taken. */
  prepare(page: Page): Promise<unknown>;
}

const jobsAreThere = (page: Page): Promise<void> => page.getByText('destination', { exact: false }).first().waitFor();
const reportsAreOpen = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Open the directory reports' }).click();
  await page.getByLabel('Restore plan.xlsx').check();
};

function shotsOf({ world }: FakeApi): readonly Shot[] {
  const failed = world.runs.find(({ job, status }) => job === 'archive' && status === 'failed')?.runId ?? '';
  return [
    { name: 'overview', route: '#/', prepare: jobsAreThere },
    { name: 'overview-dark', route: '#/', dark: true, isCut: true, prepare: jobsAreThere },
    { name: 'overview-phone', route: '#/', width: 320, isCut: true, prepare: jobsAreThere },
    { name: 'job', route: '#/jobs/finance', prepare: (page) => page.getByText('Time taken').first().waitFor() },
    {
      name: 'run',
      route: `#/runs/${failed}`,
      isCut: true,
      prepare: (page) => page.getByText('CopyFile').first().waitFor(),
    },
    { name: 'restore', route: '#/restore?job=finance', prepare: reportsAreOpen },
    {
      name: 'versions',
      route: '#/versions?job=finance&path=reports/plan.xlsx',
      isCut: true,
      prepare: (page) => page.getByText('3 versions').first().waitFor(),
    },
    {
      name: 'approve',
      route: '#/',
      isCut: true,
      prepare: (page) => page.getByRole('button', { name: /^Approve the backup of legal/u }).click(),
    },
  ];
}

async function take(browser: Browser, api: FakeApi, shot: Shot): Promise<void> {
  const { name, route, width = 1_280, dark = false, isCut = false } = shot;
  const { page } = await newPage(browser, api.url, { width, dark, nowMs });
  await signIn(page, api, route);
  await shot.prepare(page);
  await page.evaluate('document.fonts.ready.then(() => scrollTo(0, 0))');
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: !isCut, animations: 'disabled' });
  await page.context().close();
}

mkdirSync(folder, { recursive: true });
const api = await startFakeApi(showcase(nowMs));
const browser = await startBrowser();
for (const shot of shotsOf(api)) await take(browser, api, shot);
await browser.close();
await api.stop();
