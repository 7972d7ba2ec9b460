import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireBuilt } from '../e2e/start-processes.ts';
import { expectAccessible, expectNoSideways } from '../support/browser-expect.ts';
import { newPage, signIn, startBrowser } from '../support/browser.ts';
import { startFakeApi } from '../support/fake-api.ts';
import type { FakeApi } from '../support/fake-api.ts';
import { hostileNames, showcase } from '../support/fake-showcase.ts';
import { fakeFailures, fakeJob, fakePoint, fakeRun } from '../support/fake-world.ts';

const nowMs = Date.now();
let browser: Browser;
let api: FakeApi;
beforeAll(async () => {
  await requireBuilt();
  browser = await startBrowser();
  api = await startFakeApi(showcase(nowMs));
}, 60_000);
afterAll(async () => {
  await browser.close();
  await api.stop();
});

const runOf = (job: string, status: string, kind = 'backup'): string =>
  api.world.runs.find((run) => run.job === job && run.status === status && run.kind === kind)?.runId ?? '';

/** Each view, and what shows that it is there. */
const views = (): readonly (readonly [route: string, isThere: string])[] => [
  ['#/jobs/finance', 'Time taken'],
  ['#/runs', 'Older'],
  [`#/runs/${runOf('archive', 'failed')}`, 'Show more failures'],
  [`#/runs/${runOf('finance', 'succeeded', 'verify')}`, '1 file differed from the source'],
  ['#/restore?job=finance', 'readme.txt'],
  ['#/versions?job=finance&path=reports/plan.xlsx', 'Restore this version'],
];

describe('Every view', () => {
  test.each([
    [1_280, false],
    [320, true],
  ])('is accessible, fits and obeys its policy at %i pixels (dark: %s)', async (width, dark) => {
    const { page, complaints } = await newPage(browser, api.url, { width, dark });
    await signIn(page, api);

    for (const [route, isThere] of views()) {
      await page.evaluate(`location.hash = ${JSON.stringify(route)}`);
      await page.getByText(isThere).first().waitFor();
      await expectAccessible(page);
      await expectNoSideways(page);
    }

    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('has focus on its heading when it opens, and its name as the title', async () => {
    const { page } = await newPage(browser, api.url);
    await signIn(page, api);

    await page.getByRole('link', { name: 'Runs', exact: true }).press('Enter');

    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName + document.activeElement.textContent')).toBe('H1Runs');
    expect(await page.title()).toBe('Runs – Farshare');
    await page.context().close();
  });
});

describe('The accessibility check', () => {
  test('finds what is wrong', async () => {
    const { page } = await newPage(browser, api.url);
    await signIn(page, api);

    await page.evaluate("document.querySelector('main').append(document.createElement('input'))");

    await expect(expectAccessible(page)).rejects.toThrow(/label/u);
    await page.context().close();
  });
});

describe('Names from a share', () => {
  const openOddNames = async (page: Page): Promise<void> => {
    await signIn(page, api, '#/restore?job=finance');
    await page.getByRole('button', { name: 'Open the directory odd names' }).click();
    await page.getByText('zero').first().waitFor();
  };

  test('are text, whatever markup or code they hold', async () => {
    const { page, complaints } = await newPage(browser, api.url);

    await openOddNames(page);
    for (const box of await page.getByRole('checkbox', { name: /^Restore .*\.(?:txt|exe)$/u }).all()) await box.check();

    const shown = await page.locator('tbody .name').allInnerTexts();
    expect(shown.slice(0, 3)).toEqual(hostileNames.slice(0, 3));
    expect(await page.locator('.chosen li').count()).toBe(hostileNames.length);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await page.locator('main img, main svg[onload]').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('do not turn their direction, nor hide characters', async () => {
    const { page } = await newPage(browser, api.url);

    await openOddNames(page);

    const shown = await page.locator('tbody .name').allInnerTexts();
    expect(shown).toContain('invoiceU+202Efdp.exe');
    expect(shown).toContain('zeroU+200Bwidth.txt');
    expect(await page.evaluate('document.body.textContent')).not.toMatch(/[\u{202a}-\u{202e}\u{200b}]/u);
    await page.context().close();
  });

  test('cannot become markup even by a mistake of the page: the browser refuses', async () => {
    const { page } = await newPage(browser, api.url);
    await signIn(page, api);

    const refused = await page.evaluate(
      "(() => { try { document.body.innerHTML = '<p>x'; return ''; } catch (error) { return error.name; } })()",
    );

    expect(refused).toBe('TypeError');
    await page.context().close();
  });
});

describe('With 50 jobs and 10,000 runs', () => {
  let many: FakeApi;
  const name = (at: number): string => `${'x'.repeat(30)}-${String(at).padStart(2, '0')}`;
  beforeAll(async () => {
    const runs = Array.from({ length: 10_000 }, (_, at) =>
      fakeRun({
        job: name(at % 50),
        startedMs: nowMs - at * 60_000,
        failed: at % 97 === 0 ? 3 : 0,
        status: at === 5_000 ? 'cancelled' : 'succeeded',
      }),
    );
    many = await startFakeApi({
      ...showcase(nowMs),
      runs,
      jobs: Array.from({ length: 50 }, (_, at) => {
        const lastRun = runs.find(({ job }) => job === name(at));
        return fakeJob({ name: name(at), nowMs, overdue: at % 10 === 3, ...(lastRun && { lastRun }) });
      }),
      points: Array.from({ length: 200 }, (_, at) => fakePoint(name(7), nowMs - (200 - at) * 3_600_000)),
      failures: { [runs[0]?.runId ?? '']: fakeFailures(5_000) },
      entries: {
        '': Array.from({ length: 450 }, (_, at) => ({
          ...{ name: `file-${at}`, kind: 'file', size: at, modifiedAt: new Date(nowMs).toISOString() },
        })),
      },
    });
  });
  afterAll(() => many.stop());

  test.each([1_280, 320])(
    'the overview shows the worst first, a part at a time, and fits at %i pixels',
    async (width) => {
      const { page } = await newPage(browser, many.url, { width });
      await signIn(page, many);
      const rows = page.getByRole('table', { name: 'Jobs and destinations' }).getByRole('row');

      await page.getByText('50 destinations').waitFor();

      expect(await rows.count()).toBe(21);
      expect(await rows.nth(1).innerText()).toContain('overdue');
      await expectNoSideways(page);
      await page.getByRole('button', { name: 'Show 20 more of 30' }).click();
      expect(await rows.count()).toBe(41);
      await page.getByLabel('Filter').fill('-42');
      await page.getByText('1 destination found').waitFor();
      expect(await rows.count()).toBe(2);
      await page.context().close();
    },
  );

  test('runs are paged there and back', async () => {
    const { page } = await newPage(browser, many.url);
    await signIn(page, many, '#/runs');
    const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
    await page.getByRole('button', { name: 'Older' }).waitFor();
    const first = await rows.nth(1).innerText();

    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByRole('button', { name: 'Newer' }).waitFor();
    const second = await rows.nth(1).innerText();
    await page.getByRole('button', { name: 'Newer' }).click();
    await page.getByRole('button', { name: 'Newer' }).waitFor({ state: 'detached' });

    expect(second).not.toBe(first);
    expect(await rows.nth(1).innerText()).toBe(first);
    expect(await rows.count()).toBe(26);
    await expectNoSideways(page);
    await page.context().close();
  });

  test('runs are filtered by the API, and the address keeps the filter', async () => {
    const { page } = await newPage(browser, many.url);
    await signIn(page, many, '#/runs');
    await page.locator(`option[value="${name(7)}"]`).waitFor({ state: 'attached' });

    await page.getByLabel('Job').selectOption(name(7));
    await page.getByLabel('Status').selectOption('succeeded');
    await page.getByRole('button', { name: 'Show', exact: true }).click();

    await page.waitForURL(/#\/runs\?job=x+-07&status=succeeded$/u);
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    expect(many.seen.some(({ url }) => url.includes(`job=${name(7)}&status=succeeded&limit=25`))).toBe(true);
    await page.context().close();
  });

  test('a rare run is found by looking further, since the app reads only so many runs for one page', async () => {
    const { page } = await newPage(browser, many.url);
    await signIn(page, many, '#/runs?status=cancelled');
    await page.getByText('None of the newer runs is like that.').waitFor();

    await page.getByRole('button', { name: 'Look further' }).click();

    const found = page.getByRole('table', { name: 'Runs' }).getByText('cancelled');
    await found.waitFor();
    expect(await found.count()).toBe(1);
    await page.context().close();
  });

  test('a directory is shown a part at a time, over the pages of the API', async () => {
    const { page } = await newPage(browser, many.url);
    await signIn(page, many, `#/restore?job=${name(7)}`);
    const rows = page.getByRole('table', { name: 'Entries of the directory' }).getByRole('row');
    await page.getByText('file-0', { exact: true }).waitFor();
    expect(await rows.count()).toBe(201);

    for (const last of ['file-399', 'file-449']) {
      await page.getByRole('button', { name: 'Show more entries' }).click();
      await page.getByText(last, { exact: true }).waitFor();
    }

    expect(await rows.count()).toBe(451);
    expect(await page.getByRole('button', { name: 'Show more entries' }).count()).toBe(0);
    await page.context().close();
  });

  test('the overview asks for a few runs, not for all that there are', async () => {
    const { page } = await newPage(browser, many.url);
    const before = many.seen.length;
    await signIn(page, many);
    await page.getByText('50 destinations').waitFor();
    await page.getByRole('table', { name: 'Recent runs' }).waitFor();

    const asked = many.seen.slice(before).map(({ url }) => url);

    expect(asked.toSorted()).toEqual(['/.auth/me', '/api/jobs', '/api/runs?limit=1', '/api/runs?limit=20']);
    await page.context().close();
  });
});
