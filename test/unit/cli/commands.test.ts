import { describe, expect, test } from 'vitest';
import type { RunStatus } from '../../../lib/model/index.ts';
import { anEstimate, aReport, cli, fakeEngine } from './fake-engine.ts';

const parse = (text: string): unknown => JSON.parse(text);
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('run', () => {
  test('prints the report of one run as the document, and all else on stderr', async () => {
    const { code, stdout, stderr } = await cli(['run', 'finance', '--json']);

    expect(code).toBe(0);
    expect(parse(stdout)).toEqual(aReport());
    expect(stderr).toContain('finance to west: running… 1,234 files');
  });

  test('prints the reports of several runs as a list', async () => {
    const reports = [aReport(), aReport({ runId: 'b', destination: 'east' })];

    const { stdout } = await cli(['run', 'finance', '--json'], fakeEngine({ reports }));

    expect(parse(stdout)).toEqual({ runs: reports });
  });

  test.each<[RunStatus[], number]>([
    [['succeeded', 'succeeded'], 0],
    [['succeeded', 'failed'], 1],
    [['cancelled'], 1],
    [['awaiting-approval', 'failed'], 1],
    [['succeeded', 'awaiting-approval'], 3],
    [['running'], 1],
    [[], 1],
  ])('of runs that end %j exits %i', async (statuses, code) => {
    const reports = statuses.map((status, index) => aReport({ runId: String(index), status }));

    expect((await cli(['run', 'finance', '--quiet'], fakeEngine({ reports }))).code).toBe(code);
  });

  test('hands its options to the engine and closes it', async () => {
    const engine = fakeEngine();

    await cli(['run', 'finance', '--destination', 'west', '--approve', '--full'], engine);

    expect(engine.started).toEqual([{ job: 'finance', options: { destination: 'west', approve: true, full: true } }]);
    expect(engine.closed).toBe(1);
  });

  test('prints a table of at most 80 columns', async () => {
    const { stdout } = await cli(['run', 'finance']);

    expect(stdout).toContain('finance to west: succeeded');
    expect(stdout).toContain('took 1 min 15 s');
    expect(stdout).toMatch(/1,200 unchanged, 30 copied, 1 by ranges, 2 properties only,\n +1 failed\n/u);
    expect(stdout).toContain('4.7 GiB scanned, 1.5 KiB copied');
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  test('says which source snapshots follow', async () => {
    const waiting = ['2026-11-21T02:00:00.0000000Z', '2026-11-22T02:00:00.0000000Z'];

    const { stdout } = await cli(['run', 'finance'], fakeEngine({ reports: [aReport({ waiting })] }));

    expect(stdout).toMatch(/ {2}to follow +2 more, each by a run of its own, from\s+2026-11-21/u);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  test('lists failures, the guard and what is retried', async () => {
    const failures = Array.from({ length: 25 }, (_, index) => ({
      path: index === 0 ? '' : `d/f${index}`,
      operation: 'CopyFile',
      code: 'Denied',
      message: 'no',
    }));
    const report = aReport({
      status: 'failed',
      failures,
      guard: ['Too many.'],
      retryOf: 'earlier',
      endedAt: null,
      restorePoint: null,
    });

    const { stdout } = await cli(['run', 'finance'], fakeEngine({ reports: [report] }));

    expect(stdout).toContain('  (run): Denied: no\n  d/f1: Denied: no');
    expect(stdout).toContain('… 5 more: farshare failures finance-west');
    expect(stdout).toMatch(/guard +Too many\./u);
    expect(stdout).toMatch(/retry of +earlier/u);
    expect(stdout).toMatch(/restore point +-/u);
  });

  test('says nothing when quiet and all went well', async () => {
    expect(await cli(['run', 'finance', '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(
      (await cli(['run', 'finance', '--quiet'], fakeEngine({ reports: [aReport({ status: 'failed' })] }))).stdout,
    ).toContain('failed');
  });

  test('shows its progress on a terminal in one line that fits, and colors the status', async () => {
    const { stdout, stderr } = await cli(['run', 'finance'], fakeEngine(), { isTTY: true, columns: 40 });

    const lines = stderr.split('\r\u001b[2K').filter((line) => line !== '');
    expect(lines.every((line) => line.length < 40)).toBe(true);
    expect(stderr.endsWith('\r\u001b[2K')).toBe(true);
    expect(stdout).toContain('\u001b[32msucceeded\u001b[0m');
  });

  test('leaves colors out with NO_COLOR and without a terminal', async () => {
    expect((await cli(['run', 'finance'], fakeEngine(), { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(
      '\u001b',
    );
    expect((await cli(['run', 'finance'])).stdout).not.toContain('\u001b');
  });

  test('that is interrupted exits 130, gives the engine back and says how to go on', async () => {
    const interruption = new AbortController();
    const engine = fakeEngine({
      reports: [aReport({ status: 'running' })],
      drive: () => {
        interruption.abort();
        return Promise.resolve();
      },
    });

    const { code, stdout, stderr } = await cli(['run', 'finance', '--json'], engine, { signal: interruption.signal });

    expect(code).toBe(130);
    expect(parse(stdout)).toMatchObject({ status: 'running' });
    expect(stderr).toContain('--state');
    expect(engine.closed).toBe(1);
  });

  test('that is interrupted by throwing exits 130 too', async () => {
    const interruption = new AbortController();
    const engine = fakeEngine({
      drive: () => {
        interruption.abort();
        return Promise.reject(interruption.signal.reason as Error);
      },
    });

    const { code, stderr } = await cli(['run', 'finance'], engine, { signal: interruption.signal });

    expect([code, engine.closed]).toEqual([130, 1]);
    expect(stderr).toContain('Interrupted');
  });
});

describe('plan', () => {
  const actions = [
    { kind: 'copy', path: 'a "quoted"', reason: 'missing', size: 2048 },
    { kind: 'delete', path: 'b', reason: 'extra', size: 0 },
  ];

  test('prints the reports with their actions, and exits 0 with changes', async () => {
    const reports = [aReport({ dryRun: true }), aReport({ runId: 'b', dryRun: true })];
    const engine = fakeEngine({ reports, actions });

    const { code, stdout } = await cli(['plan', 'finance', '--json', '--destination', 'west', '--full'], engine);

    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({ runs: reports.map((report) => ({ ...report, actions, estimate: anEstimate })) });
    expect(engine.started).toEqual([{ job: 'finance', options: { dryRun: true, destination: 'west', full: true } }]);
  });

  test('prints an empty plan', async () => {
    expect(parse((await cli(['plan', 'finance', '--json'])).stdout)).toEqual({
      runs: [{ ...aReport(), actions: [], estimate: anEstimate }],
    });
  });

  test('prints the actions in columns', async () => {
    const { code, stdout } = await cli(
      ['plan', 'finance'],
      fakeEngine({ reports: [aReport({ dryRun: true, status: 'awaiting-approval' })], actions }),
    );

    expect(code).toBe(0);
    expect(stdout).toContain('copy              missing        2.0 KiB  a "quoted"\n');
    expect(stdout).toContain('(dry run)');
  });

  test('that fails exits 1, interrupted 130', async () => {
    expect((await cli(['plan', 'finance'], fakeEngine({ reports: [aReport({ status: 'failed' })] }))).code).toBe(1);
    expect((await cli(['plan', 'finance'], fakeEngine(), { signal: AbortSignal.abort() })).code).toBe(130);
  });
});

describe('lists', () => {
  const point = {
    job: 'finance',
    destination: 'west',
    time: '2026-11-22T03:00:00.0000000Z',
    snapshot: '2026-11-22T03:01:00.0000000Z',
    sourceSnapshot: '2026-11-22T03:00:00.0000000Z',
    runId: 'r',
    complete: 'true',
  } as const;

  test('points', async () => {
    const points = [point, { ...point, complete: 'partial' as const }];

    expect(parse((await cli(['points', 'finance', '--json'], fakeEngine({ points }))).stdout)).toEqual({ points });
    const { stdout } = await cli(['points', 'finance'], fakeEngine({ points }));
    expect(stdout).toContain('west         2026-11-22T03:00:00Z  2026-11-22T03:01:00.0000000Z  complete\n');
    expect(stdout).toContain('partial');
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  test('runs, page after page up to the limit', async () => {
    const reports = Array.from({ length: 5 }, (_, index) => aReport({ runId: `r${index}` }));
    const engine = fakeEngine({ reports });

    const { stdout } = await cli(['runs', 'finance', '--status', 'failed', '--limit', '3', '--json'], engine);

    expect(parse(stdout)).toEqual({ runs: reports.slice(0, 3) });
    expect(engine.queries).toEqual([
      { job: 'finance', status: 'failed', limit: 3 },
      { job: 'finance', status: 'failed', limit: 1, cursor: '2' },
    ]);
    expect((await cli(['runs'], engine)).stdout.split('\n')).toHaveLength(7);
  });

  test('show', async () => {
    const { runId } = aReport();

    expect(parse((await cli(['show', runId, '--json'])).stdout)).toEqual(aReport());
    expect((await cli(['show', runId])).stdout).toContain(runId);
  });

  test('failures', async () => {
    const failures = [
      { path: 'a', operation: 'CopyFile', code: 'Denied', message: 'no' },
      { path: '', operation: '', code: 'Lost', message: 'all' },
    ];
    const { runId } = aReport();

    expect(parse((await cli(['failures', runId, '--json'], fakeEngine({ failures }))).stdout)).toEqual({
      runId,
      failures,
    });
    expect((await cli(['failures', runId], fakeEngine({ failures }))).stdout).toBe(
      'a: CopyFile: Denied: no\n(run): Lost: all\n',
    );
  });

  test.each([
    ['points', 'finance', 'no restore points'],
    ['runs', 'finance', 'no runs'],
    ['failures', aReport().runId, 'no failures'],
  ])('%s says so when there is nothing', async (command, operand, says) => {
    const reports = command === 'runs' ? [] : [aReport()];

    const { code, stdout, stderr } = await cli([command, operand], fakeEngine({ reports }));

    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(says);
  });
});
