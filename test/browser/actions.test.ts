import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterEach, afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requireBuilt } from '../e2e/start-processes.ts';
import { expectAccessible } from '../support/browser-expect.ts';
import { newPage, signIn, startBrowser } from '../support/browser.ts';
import { startFakeApi } from '../support/fake-api.ts';
import type { FakeApi, SeenRequest } from '../support/fake-api.ts';
import { change, problem } from '../support/fake-routes.ts';
import { showcase } from '../support/fake-showcase.ts';

let browser: Browser;
let api: FakeApi;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  await requireBuilt();
  browser = await startBrowser();
}, 60_000);
afterAll(() => browser.close());
beforeEach(async () => {
  api = await startFakeApi(showcase(Date.now()));
  ({ page, complaints } = await newPage(browser, api.url));
});
afterEach(async () => {
  await page.context().close();
  await api.stop();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
});

const posts = (): SeenRequest[] => api.seen.filter(({ method }) => method === 'POST');
const askedOf = (path: string): number => api.seen.filter(({ url }) => url.split('?')[0] === path).length;
const runOf = (job: string, status: string): string =>
  api.world.runs.find((run) => run.job === job && run.status === status)?.runId ?? '';

describe('A run', () => {
  test('is live while it is under way, at the pace that Retry-After names, and is left alone when it has ended', async () => {
    const id = runOf('media', 'running');
    await signIn(page, api, `#/runs/${id}`);
    await page.getByText('812').first().waitFor();

    const { counts } = api.world.runs.find(({ runId }) => runId === id) ?? {};
    change(api.world, id, { ...(counts && { counts: { ...counts, copied: 4_711 } }) });
    await page.getByText('4,711').waitFor();
    change(api.world, id, { status: 'succeeded', endedAt: new Date().toISOString() });

    await page.getByRole('status').filter({ hasText: 'The run is succeeded.' }).waitFor();
    const asked = askedOf(`/api/runs/${id}`);
    await page.waitForTimeout(2_500);
    expect(askedOf(`/api/runs/${id}`)).toBe(asked);
  });

  test('keeps focus where it is while it is drawn anew', async () => {
    const id = runOf('media', 'running');
    await signIn(page, api, `#/runs/${id}`);
    await page.getByText('812').first().waitFor();
    await page.getByRole('link', { name: 'media to west' }).focus();

    const { counts } = api.world.runs.find(({ runId }) => runId === id) ?? {};
    change(api.world, id, { ...(counts && { counts: { ...counts, copied: 4_711 } }) });
    await page.getByText('4,711').waitFor();

    expect(await page.evaluate('document.activeElement.textContent')).toBe('media to west');
  });

  test('is not asked for while nobody looks, and at once when somebody does again', async () => {
    const id = runOf('media', 'running');
    await signIn(page, api, `#/runs/${id}`);
    await page.getByText('812').first().waitFor();
    const look = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );

    await look(true);
    await page.waitForTimeout(1_500);
    const asked = askedOf(`/api/runs/${id}`);
    await page.waitForTimeout(2_500);
    expect(askedOf(`/api/runs/${id}`)).toBe(asked);
    await look(false);

    await page.waitForRequest((request) => request.url().endsWith(id));
  });

  test('is cancelled after a question, by the keyboard alone', async () => {
    const id = runOf('media', 'running');
    await signIn(page, api, `#/runs/${id}`);

    await page.getByRole('button', { name: 'Cancel the backup of media to west' }).press('Enter');
    await page.getByRole('dialog', { name: 'Cancel the backup of media to west?' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');

    await page.getByText('The run is being cancelled.').first().waitFor();
    await page.getByRole('button', { name: 'Try again the backup of media to west' }).waitFor();
    expect(posts().map(({ url }) => url)).toEqual([`/api/runs/${id}/cancel`]);
  });

  test('that failed is tried again, and the new run is linked', async () => {
    const id = runOf('archive', 'failed');
    await signIn(page, api, `#/runs/${id}`);

    await page.getByRole('button', { name: 'Try again the backup of archive to west' }).click();
    await page.getByRole('link', { name: 'Follow the new run' }).click();

    await page.getByText('Tries again').waitFor();
    expect(posts().map(({ url }) => url)).toEqual([`/api/runs/${id}/retry`]);
  });

  test('shows its failures with their paths, a page at a time', async () => {
    await signIn(page, api, `#/runs/${runOf('archive', 'failed')}`);
    const rows = page.getByRole('table', { name: 'Failures' }).getByRole('row');
    await page.getByText('reports/2026/q1/ledger-0.xlsx', { exact: true }).waitFor();
    expect(await rows.count()).toBe(51);

    await page.getByRole('button', { name: 'Show more failures' }).click();

    await page.getByText('reports/2026/q1/ledger-60.xlsx', { exact: true }).waitFor();
    expect(await rows.count()).toBe(101);
  });

  test('that cannot be approved any more says why', async () => {
    const id = runOf('legal', 'awaiting-approval');
    api.instead.set(
      `/api/runs/${id}/approve`,
      problem(409, 'Superseded', 'A later run of the destination has started.'),
    );
    await signIn(page, api, `#/runs/${id}`);

    await page.getByRole('button', { name: 'Approve the backup of legal to west' }).click();
    await page.getByRole('button', { name: 'Approve and go on' }).click();

    await page.getByText('A later run of the destination has started.').first().waitFor();
    expect(await page.getByText('Approved.').count()).toBe(0);
  });
});

describe('A job', () => {
  test('is started now, once', async () => {
    await signIn(page, api, '#/jobs/finance');

    await page.getByRole('button', { name: 'Run now' }).click();

    await page.getByRole('link', { name: 'Follow the run' }).waitFor();
    expect(posts()).toMatchObject([{ url: '/api/jobs/finance/runs', body: { destination: 'west' } }]);
  });

  test('has its trends in words and in figures', async () => {
    await signIn(page, api, '#/jobs/finance');

    const chart = page.getByRole('img', { name: /^Bytes copied/u });
    await chart.waitFor();

    expect(await chart.getAttribute('aria-labelledby')).toBe('chart-bytes-title chart-bytes-words');
    expect(await page.locator('#chart-bytes-words').textContent()).toMatch(/^40 runs, between .* 2 failed\.$/u);
    await page.getByText('Figures').first().click();
    expect(await page.locator('#chart-bytes-figures').getByRole('row').count()).toBe(41);
    await expectAccessible(page);
  });
});

describe('Restoring', () => {
  test('asks for a dry run of what is ticked, then sends the real one after a question', async () => {
    await signIn(page, api, '#/restore?job=finance');
    await page.getByRole('button', { name: 'Open the directory reports' }).click();
    await page.getByRole('checkbox', { name: 'Restore plan.xlsx' }).check();
    await page.getByLabel('Where it came from: production/finance').check();
    await page.getByLabel('Keep both').check();

    await page.getByRole('button', { name: 'Try it (dry run)' }).click();
    await page.getByText('Restore (dry run) of').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Open the directory reports' }).click();
    await page.getByRole('checkbox', { name: 'Restore plan.xlsx' }).check();
    await page.getByLabel('Another place').check();
    await page.getByLabel('Account').fill('vault');
    await page.getByLabel('Share').fill('scratch');
    await page.getByLabel('Overwrite it').check();
    await page.getByRole('button', { name: 'Restore …' }).click();
    await page.getByRole('dialog').getByText('vault/scratch').waitFor();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('heading', { name: /^Run finance-west-/u }).waitFor();

    const point = api.world.points.at(-1)?.snapshot;
    const common = { job: 'finance', destination: 'west', point, paths: ['reports/plan.xlsx'] };
    const original = { account: 'production', share: 'finance', path: '/' };
    expect(posts().map(({ url, body }) => [url, body])).toEqual([
      ['/api/restores', { ...common, onConflict: 'rename', to: original, dryRun: true }],
      ['/api/restores', { ...common, onConflict: 'overwrite', to: { account: 'vault', share: 'scratch', path: '/' } }],
    ]);
    expect(posts().every(({ headers }) => headers['idempotency-key'] !== undefined)).toBe(true);
  });

  test('that got no answer is asked for again with the same key, so that nothing starts twice', async () => {
    await signIn(page, api, '#/restore?job=finance');
    const press = (): Promise<void> => page.getByRole('button', { name: 'Try it (dry run)' }).click();
    api.instead.set('/api/restores', problem(500, 'Internal', 'The request failed inside; the log has the reason.'));
    await press();
    await page.getByText('The request failed inside').first().waitFor();
    api.instead.clear();
    await press();
    await page.getByText('Restore (dry run) of').waitFor();
    await page.goBack();

    await press();
    await page.getByText('Restore (dry run) of').waitFor();

    const [lost, again, other] = posts().map(({ headers }) => headers['idempotency-key']);
    expect(again).toBe(lost);
    expect(other).not.toBe(lost);
  });

  test('lets one choose another restore point by its day, and keeps what is ticked', async () => {
    // Points of 22 days, which lie in one month late in it.
    api.world.points = showcase(Date.UTC(2026, 10, 12)).points;
    await signIn(page, api, '#/restore?job=finance');
    await page.getByRole('checkbox', { name: 'Restore readme.txt' }).check();

    await page.getByRole('button', { name: 'Earlier' }).click();
    await page.locator('.calendar button').first().click();
    await page.getByRole('group', { name: 'Restore points of the day' }).getByRole('radio').first().check();

    const wanted = new URL(page.url().replace('#/', '')).searchParams.get('point');
    expect(api.world.points.map(({ snapshot }) => snapshot).slice(0, -8)).toContain(wanted);
    await page.getByRole('checkbox', { name: 'Restore readme.txt' }).waitFor();
    expect(await page.getByRole('checkbox', { name: 'Restore readme.txt' }).isChecked()).toBe(true);
    expect(api.seen.some(({ url }) => url.includes(`restore-points/${encodeURIComponent(wanted ?? '')}/entries`))).toBe(
      true,
    );
  });

  test('saves one file, fetched with the key in a header', async () => {
    await signIn(page, api, '#/restore?job=finance');
    await page.getByRole('button', { name: 'Open the directory reports' }).click();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download plan.xlsx' }).click(),
    ]);

    expect(download.suggestedFilename()).toBe('plan.xlsx');
    expect(await readFile(await download.path(), 'utf8')).toBe('the plan');
    expect(download.url()).toMatch(/^blob:/u);
    const asked = api.seen.find(({ url }) => url.includes('/content'));
    expect(asked?.url).toMatch(/\/content\?destination=west&path=reports%2Fplan\.xlsx$/u);
    expect(asked?.headers['x-functions-key']).toBe(api.key);
  });

  test('begins from a version of a file, found over all restore points', async () => {
    await signIn(page, api, '#/versions');
    await page.locator('option[value="finance"]').waitFor({ state: 'attached' });
    await page.getByLabel('Job').selectOption('finance');
    await page.getByLabel('File or pattern').fill('reports/plan.xlsx');
    await page.keyboard.press('Enter');
    await page.getByText('3 versions').first().waitFor();

    await page.getByRole('link', { name: 'Restore this version' }).nth(1).click();

    await page.locator('.chosen', { hasText: 'reports/plan.xlsx' }).waitFor();
    const versions = api.world.versions as { points: { snapshot: string }[] }[];
    expect(page.url()).toContain(encodeURIComponent(versions[1]?.points.at(-1)?.snapshot ?? ''));
  });
});

describe('Signing in and out', () => {
  test('a key that stops working leads back to the question for it', async () => {
    await signIn(page, api);
    await page.getByText('5 destinations', { exact: true }).waitFor();
    api.instead.set('/api/jobs', { status: 401 });

    await page.getByRole('link', { name: 'Restore', exact: true }).first().click();

    await page.getByLabel('Function key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('signing out forgets the key', async () => {
    await signIn(page, api);

    await page.getByRole('button', { name: 'Sign out' }).click();

    await page.getByLabel('Function key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('a key in the address is taken out of it', async () => {
    await page.goto(`${api.url}/api/dashboard?code=${api.key}#/runs`);

    await page.getByText('The address held a key').waitFor();

    expect(page.url()).toBe(`${api.url}/api/dashboard#/runs`);
  });

  test('who is signed in with Entra needs no key, and the sign-in is offered to who is not', async () => {
    api.instead.set('/.auth/me', { status: 401 });
    await page.goto(`${api.url}/api/dashboard`);
    const entra = page.getByRole('link', { name: 'Sign in with Microsoft Entra ID' });
    await entra.waitFor();
    expect(await entra.getAttribute('href')).toBe('/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fdashboard');
    await expectAccessible(page);

    api.instead.set('/.auth/me', { status: 200, body: [{ user_id: 'ada@example.org' }] });
    api.instead.set('/api/jobs', { status: 200, body: { items: [] } });
    api.instead.set('/api/runs', { status: 200, body: { items: [], next: null } });
    await page.reload();

    await page.getByText('ada@example.org').waitFor();
    await page.getByText('The configuration names no job.').waitFor();
    expect(api.seen.at(-1)?.headers['x-functions-key']).toBeUndefined();
  });

  test('an app that does not answer is said so, and asked again', async () => {
    await signIn(page, api, '#/jobs/finance');
    await page.getByText('Time taken').first().waitFor();
    await page.route('**/api/jobs', (route) => route.abort());

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('The app does not answer.').first().waitFor();
    await page.unroute('**/api/jobs');

    await page.getByText('5 destinations', { exact: true }).waitFor();
    expect(await page.getByRole('main').getByText('The app does not answer.').count()).toBe(0);
  });
});
