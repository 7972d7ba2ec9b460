import { describe, expect, test } from 'vitest';
import type { RestoreSummary, RunReport } from '../../../lib/model/index.ts';
import { FarshareError } from '../../../lib/errors.ts';
import { aReport, cli, fakeEngine } from './fake-engine.ts';

const summary: RestoreSummary = {
  from: { account: 'vault', share: 'finance', path: '' },
  point: '2026-11-22T03:01:00.0000000Z',
  time: '2026-11-22T03:00:00.000Z',
  to: { account: 'production', share: 'finance', path: 'restore-2026-11-22T03-00-00Z' },
  paths: ['reports/**'],
  onConflict: 'skip',
  deleteExtra: false,
  safetySnapshot: '2026-11-22T04:00:00.0000000Z',
  skipped: 2,
  renamed: 0,
};

const aRestore = (fields: Partial<RunReport> = {}): RunReport =>
  aReport({ kind: 'restore', restorePoint: null, restore: summary, ...fields });

describe('restore', () => {
  test('hands all that it is told to the engine', async () => {
    const engine = fakeEngine({ reports: [aRestore()] });
    const words = ['--destination', 'west', '--point', '2026-11-22', '--path', 'a/**', '--path', 'b.txt'];

    const { code } = await cli(
      ['restore', 'finance', ...words, '--to', 'production/finance/back/up', '--on-conflict', 'rename', '--approve'],
      engine,
    );

    expect(code).toBe(0);
    expect(engine.restores).toEqual([
      {
        from: { job: 'finance', destination: 'west' },
        point: '2026-11-22',
        paths: ['a/**', 'b.txt'],
        to: { account: 'production', share: 'finance', path: 'back/up' },
        onConflict: 'rename',
        deleteExtra: false,
        dryRun: false,
        approve: true,
      },
    ]);
  });

  test('needs no job when it is told where the restore points are', async () => {
    const engine = fakeEngine({ reports: [aRestore()] });

    await cli(['restore', '--from', 'vault/finance', '--delete-extra'], engine);

    const from = { account: 'vault', share: 'finance', path: '' };
    expect(engine.restores).toMatchObject([{ from, onConflict: 'skip', deleteExtra: true }]);
  });

  test('downloads to a folder, and says that content is read', async () => {
    const engine = fakeEngine({ reports: [aRestore()] });

    const { code } = await cli(['restore', 'finance', '--path', 'a', '--to-folder', 'there'], engine);
    const { code: wrong, stderr } = await cli(['restore', 'finance', '--to-folder', 'there', '--delete-extra'], engine);

    expect({ code, wrong }).toEqual({ code: 0, wrong: 2 });
    expect(stderr).toContain('--delete-extra does not go with --to-folder');
    expect(engine.downloads).toEqual([{ from: { job: 'finance' }, paths: ['a'], onConflict: 'skip', folder: 'there' }]);
    expect((await cli(['restore', '--help'])).stdout).toContain('the content is read');
  });

  test('prints the report as the document, of a dry run with its actions', async () => {
    const action = { kind: 'copy', path: 'a', reason: 'missing', size: 1 };
    const dry = aRestore({ dryRun: true });

    const done = await cli(['restore', 'finance', '--json'], fakeEngine({ reports: [aRestore()] }));
    const planned = await cli(
      ['restore', 'finance', '--dry-run', '--json'],
      fakeEngine({ reports: [dry], actions: [action] }),
    );

    expect(JSON.parse(done.stdout)).toEqual(aRestore());
    expect(JSON.parse(planned.stdout)).toEqual({ ...dry, actions: [action] });
  });

  test('says for people what was brought back from where', async () => {
    const { stdout } = await cli(['restore', 'finance'], fakeEngine({ reports: [aRestore()] }));

    expect(stdout).toContain('restore of finance from west: succeeded');
    expect(stdout).toContain('production/finance/restore-2026-11-22T03-00-00Z');
    expect(stdout).toContain('skip: 2 skipped');
    expect(stdout).toContain('2026-11-22T04:00:00.0000000Z');
  });

  test.each<[RunReport['status'], number]>([
    ['succeeded', 0],
    ['failed', 1],
    ['cancelled', 1],
    ['awaiting-approval', 3],
  ])('ends with %s as %i', async (status, code) => {
    expect((await cli(['restore', 'finance'], fakeEngine({ reports: [aRestore({ status })] }))).code).toBe(code);
  });

  test.each([
    [[], 'restore needs JOB or --from ACCOUNT/SHARE'],
    [['finance', '--from', 'vault/finance'], 'one of the two'],
    [['nothing'], 'There is no job "nothing"'],
    [['finance', '--destination', 'moon'], 'There is no destination "moon"'],
    [['--from', 'vault'], '--from has a wrong value'],
    [['finance', '--to', '/finance'], '--to has a wrong value'],
    [['finance', '--on-conflict', 'ask'], '--on-conflict has a wrong value'],
    [['--from', 'vault/finance', '--destination', 'west'], '--destination goes with JOB'],
  ])('%j is wrong usage', async (words, message) => {
    const { code, stderr } = await cli(['restore', ...words]);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    ['TargetIsBackup', 2],
    ['PointNotFound', 1],
  ])('that the engine refuses with %s ends as %i', async (refusal, code) => {
    const engine = fakeEngine();
    engine.startRestore = () => Promise.reject(new FarshareError(refusal, 'Not like that.', { disposition: 'run' }));

    expect(await cli(['restore', 'finance'], engine)).toMatchObject({
      code,
      stderr: expect.stringContaining('Not like that.'),
    });
  });
});

test('points lists what a share holds when it is told which', async () => {
  const { code, stdout } = await cli(['points', '--from', 'vault/finance', '--json'], fakeEngine({ points: [] }));

  expect({ code, document: JSON.parse(stdout) as unknown }).toEqual({ code: 0, document: { points: [] } });
});
