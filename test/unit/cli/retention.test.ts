import { describe, expect, test } from 'vitest';
import { aPruneReport, cli, fakeEngine } from './fake-engine.ts';

describe('prune', () => {
  test('prints the decision for both sides as the document', async () => {
    const engine = fakeEngine();

    const { code, stdout } = await cli(['prune', 'finance', '--json'], engine);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(aPruneReport);
    expect(engine.pruned).toEqual([{ job: 'finance', options: { dryRun: false } }]);
  });

  test('prints each snapshot with what becomes of it, and the reasons', async () => {
    const { stdout } = await cli(['prune', 'finance', '--dry-run']);

    expect(stdout).toMatch(/source +2026-11-22T03:00:00.0000000Z +stays +last-1, base of west/u);
    expect(stdout).toMatch(/west +2026-11-22T03:01:00.0000000Z +stays +newest complete/u);
    expect(stdout).toMatch(/west +2026-11-21T03:01:00.0000000Z +would go/u);
  });
});

describe('pin', () => {
  test('hands point and date to the engine', async () => {
    const engine = fakeEngine();

    const { code, stdout } = await cli(
      ['pin', 'finance', 'latest', '--until', '2027-12-31', '--destination', 'west'],
      engine,
    );

    expect(code).toBe(0);
    expect(engine.pinned).toEqual([
      { job: 'finance', options: { when: 'latest', until: '2027-12-31', destination: 'west' } },
    ]);
    expect(stdout).toContain('west: the point of');
    expect(stdout).toContain('stays until 2027-12-31');
  });

  test('and unpin takes the date away', async () => {
    const engine = fakeEngine();

    const { stdout } = await cli(['unpin', 'finance', '2026-11-22T03:00:00Z', '--json'], engine);

    expect(engine.pinned).toEqual([{ job: 'finance', options: { when: '2026-11-22T03:00:00Z' } }]);
    expect(JSON.parse(stdout)).toMatchObject({ pins: [{ destination: 'west', until: null }] });
  });

  test.each([
    [['pin', 'finance', 'latest']],
    [['pin', 'finance', 'latest', '--until', '31.12.2027']],
    [['pin', 'finance', 'latest', '--until', '2027-02-30']],
    [['pin', 'finance', 'tomorrow', '--until', '2027-12-31']],
    [['pin', 'finance', '--until', '2027-12-31']],
  ])('%j is wrong usage', async (argv) => {
    const { code, stderr } = await cli(argv);

    expect(code).toBe(2);
    expect(stderr).not.toBe('');
  });
});
