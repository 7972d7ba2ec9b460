import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireBuilt } from '../e2e/start-processes.ts';
import { expectAccessible, expectNoSideways } from '../support/browser-expect.ts';
import { newPage, signIn, startBrowser } from '../support/browser.ts';
import { startFakeApi } from '../support/fake-api.ts';
import type { FakeApi } from '../support/fake-api.ts';
import { emptyWorld, fakeJob, fakeRun } from '../support/fake-world.ts';

let browser: Browser;
let api: FakeApi;
const nowMs = Date.now();

beforeAll(async () => {
  await requireBuilt();
  const waiting = fakeRun({
    job: 'legal',
    status: 'awaiting-approval',
    startedMs: nowMs - 3_600_000,
    guard: ['9 of 20 entries would be deleted, more than 25 %.'],
  });
  const done = fakeRun({ job: 'finance', startedMs: nowMs - 7_200_000 });
  const busy = fakeRun({ job: 'media', status: 'running', startedMs: nowMs - 60_000 });
  api = await startFakeApi({
    ...emptyWorld(),
    runs: [busy, waiting, done],
    jobs: [
      fakeJob({ name: 'finance', nowMs, lastRun: done }),
      fakeJob({ name: 'legal', nowMs, lastRun: waiting }),
      fakeJob({ name: 'media', nowMs, overdue: true, ageSeconds: 200_000, lastRun: busy }),
    ],
  });
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await api.stop();
});

describe('Signing in', () => {
  test('takes the key into the tab and its header, and never into an address', async () => {
    const { page, complaints } = await newPage(browser, api.url);
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));

    await signIn(page, api);
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();

    expect(addresses.filter((address) => address.includes(api.key))).toEqual([]);
    expect(page.url()).not.toContain(api.key);
    expect(api.seen.some(({ headers }) => headers['x-functions-key'] === api.key)).toBe(true);
    expect(await page.evaluate('[localStorage.length, document.cookie, sessionStorage.length]')).toEqual([0, '', 1]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('says when the key is wrong, keeps it nowhere, and lets one try again', async () => {
    const { page } = await newPage(browser, api.url);
    await page.goto(`${api.url}/api/dashboard`);

    await page.getByLabel('Function key').fill('wrong');
    await page.keyboard.press('Enter');

    await page.getByRole('alert').filter({ hasText: 'missing or wrong' }).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await expectAccessible(page);
    await page.context().close();
  });
});

describe('The overview', () => {
  test.each([
    [1_280, false],
    [320, true],
  ])('is accessible and fits at %i pixels (dark: %s)', async (width, dark) => {
    const { page, complaints } = await newPage(browser, api.url, { width, dark });

    await signIn(page, api);
    await page
      .getByRole('row', { name: /finance to west/u })
      .first()
      .waitFor();

    await expectAccessible(page);
    await expectNoSideways(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('is loud about what is overdue, and asks before it approves what the guard stopped', async () => {
    const { page } = await newPage(browser, api.url);
    await signIn(page, api);

    await page.locator('.box-title', { hasText: 'A backup is overdue' }).waitFor();
    await page.getByRole('button', { name: 'Approve the backup of legal to west' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('9 of 20 entries would be deleted, more than 25 %.').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    expect(api.seen.filter(({ method }) => method === 'POST')).toEqual([]);
    await page.getByRole('button', { name: 'Approve the backup of legal to west' }).press('Enter');
    await dialog.getByRole('button', { name: 'Approve and go on' }).click();

    await page.getByText('Approved.').first().waitFor();
    const [sent] = api.seen.filter(({ method }) => method === 'POST');
    expect(sent?.url).toMatch(/\/api\/runs\/legal-west-[^/]+\/approve$/u);
    expect(sent?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/u);
    await page.context().close();
  });
});
