import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPage, signIn, startBrowser } from '../support/browser.ts';
import { expectAccessible } from '../support/browser-expect.ts';
import { destinationAccount, sourceAccount } from '../support/stack-emulator.ts';
import { eventually } from '../support/stack-process.ts';
import { startUserStack } from '../support/stack-start.ts';
import type { UserStack } from '../support/stack-start.ts';

/** The page over the real app: functions host, engine, Azurite and the Files emulator, as `npm start` runs them. */
const configuration = {
  accounts: {
    production: { connectionString: { env: 'FARSHARE_FILES_1' } },
    vault: { connectionString: { env: 'FARSHARE_FILES_2' } },
  },
  jobs: [
    {
      name: 'papers',
      source: { account: 'production', share: 'papers' },
      guard: { maxDeletedPercent: 25, minEntries: 2 },
      destinations: [{ name: 'west', account: 'vault', share: 'papers-copy', keep: { last: 7 } }],
    },
  ],
};

const hostile = "a'b & <img src=x onerror=window.hit=1>".replaceAll(/[<>]/gu, '_');
let stack: UserStack;
let browser: Browser;
let page: Page;
let complaints: string[];
let app: { url: string; key: string };

const papers = () => stack.emulator.share(sourceAccount, 'papers');
const write = async (directory: string, name: string, text: string): Promise<void> => {
  const folder = papers().getDirectoryClient(directory);
  await folder.createIfNotExists();
  await folder.getFileClient(name).create(Buffer.byteLength(text));
  await folder.getFileClient(name).uploadRange(text, 0, Buffer.byteLength(text));
};

beforeAll(async () => {
  [stack, browser] = await Promise.all([startUserStack(configuration), startBrowser()]);
  app = { url: stack.functions, key: stack.key };
  await papers().create();
  await write('reports', 'plan.txt', 'the first plan');
  await write('reports', 'other.txt', 'other');
  await write('reports', `${hostile}.txt`, 'odd');
  ({ page, complaints } = await newPage(browser, stack.functions));
  page.setDefaultTimeout(60_000);
}, 180_000);
afterAll(async () => {
  await browser.close();
});

const runNow = async (): Promise<void> => {
  await page.goto(`${app.url}/api/dashboard#/jobs/papers`);
  await page.reload();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('link', { name: 'Follow the run' }).click();
  await page.getByText('succeeded').first().waitFor();
};

test('a job is run from the page, and its state is shown', async () => {
  await signIn(page, app);
  await page.getByText('none yet').waitFor();

  await runNow();

  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('1 of 1').waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('a run at work is shown live and cancelled', async () => {
  const slow = { operation: 'ListFilesAndDirectories', path: '**', action: { delayMs: 3_000 } };
  await stack.emulator.setFaults([slow]);
  await page.goto(`${app.url}/api/dashboard#/jobs/papers`);
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('link', { name: 'Follow the run' }).click();

  await eventually('the run at work', async () => (await stack.emulator.fired()).some((times) => times > 0));
  await page.getByRole('button', { name: 'Cancel the backup of papers to west' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();

  await page.getByRole('button', { name: 'Try again the backup of papers to west' }).waitFor();
  expect((await stack.api.runsOf('papers'))[0]?.status).toBe('cancelled');
  await stack.emulator.clearFaults();
});

test('a restore point is looked into, a file of it is downloaded, and versions are found', async () => {
  await papers().getDirectoryClient('reports').getFileClient('plan.txt').delete();
  await write('reports', 'plan.txt', 'the second plan');
  await runNow();
  await page.goto(`${app.url}/api/dashboard#/restore?job=papers`);

  await page.getByRole('button', { name: 'Open the directory reports' }).click();
  await page.getByText(hostile).first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download plan.txt' }).click(),
  ]);
  expect(await readFile(await download.path(), 'utf8')).toBe('the second plan');

  await page.getByRole('link', { name: 'Versions of plan.txt' }).click();
  await page.getByText('2 versions').first().waitFor();
  const [older] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download plan.txt' }).nth(1).click(),
  ]);
  expect(await readFile(await older.path(), 'utf8')).toBe('the first plan');
  expect(complaints).toEqual([]);
});

test('a guard that stopped a run is approved in the page, which then succeeds', async () => {
  const reports = papers().getDirectoryClient('reports');
  await reports.deleteFile('other.txt');
  await reports.deleteFile(`${hostile}.txt`);
  await page.goto(`${app.url}/api/dashboard#/jobs/papers`);
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('link', { name: 'Follow the run' }).click();

  await page.getByRole('button', { name: 'Approve the backup of papers to west' }).click();
  await page
    .getByRole('dialog')
    .getByText(/would be deleted/u)
    .first()
    .waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve and go on' }).click();
  await page.getByRole('link', { name: 'Follow the new run' }).click();

  await page.getByText('succeeded').first().waitFor();
  const copy = stack.emulator.share(destinationAccount, 'papers-copy').getDirectoryClient('reports');
  expect(await copy.getFileClient('other.txt').exists()).toBe(false);
  expect(await copy.getFileClient('plan.txt').exists()).toBe(true);
});

test('a deleted file is restored through the page and found in the share', async () => {
  const file = papers().getDirectoryClient('reports').getFileClient('plan.txt');
  await file.delete();
  await page.goto(`${app.url}/api/dashboard#/restore?job=papers`);
  await page.reload();
  await page.getByRole('button', { name: 'Open the directory reports' }).click();
  await page.getByRole('checkbox', { name: 'Restore plan.txt' }).check();
  await page.getByLabel('Where it came from: production/papers').check();

  await page.getByRole('button', { name: 'Restore …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();

  await page.getByText('succeeded').first().waitFor();
  expect((await file.downloadToBuffer()).toString()).toBe('the second plan');
  expect(await file.exists()).toBe(true);
  expect(complaints).toEqual([]);
});
