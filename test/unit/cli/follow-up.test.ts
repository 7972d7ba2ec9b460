import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Pace } from '../../../cli/output/show-progress.ts';
import { commands } from '../../../cli/commands/index.ts';
import { aReport, aVersion, cli, fakeEngine } from './fake-engine.ts';

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
const { runId } = aReport();

describe('cancel, approve and retry', () => {
  test('ask the engine and print the report of what follows', async () => {
    const engine = fakeEngine({ reports: [aReport({ status: 'awaiting-approval' })] });

    const approved = await cli(['approve', runId, '--json'], engine);
    const retried = await cli(['retry', runId], engine);

    expect(engine.asked).toEqual([`approve ${runId}`, `retry ${runId}`]);
    expect([approved.code, retried.code]).toEqual([3, 3]);
    expect(JSON.parse(approved.stdout)).toMatchObject({ runId });
  });

  test.each([
    ['cancelled', 0],
    ['succeeded', 1],
  ] as const)('a cancelled run that ends as %s exits %i', async (status, code) => {
    const engine = fakeEngine({ reports: [aReport({ status })] });

    const outcome = await cli(['cancel', runId], engine);

    expect([outcome.code, engine.asked]).toEqual([code, [`cancel ${runId}`]]);
  });
});

describe('versions', () => {
  test('are one document, or a few lines each', async () => {
    const { stdout } = await cli(['versions', 'finance', aVersion.path, '--json']);
    const text = await cli(['versions', '--from', 'vault/finance', aVersion.path]);

    expect(JSON.parse(stdout)).toEqual({ versions: [aVersion] });
    expect(text.stdout).toBe(`plans/2026.xlsx
  1.5 KiB, modified 2026-11-20T10:00:00Z
  in one restore point of west:
  2026-11-22T03:00:00Z
`);
    expect((await cli(['versions', 'finance', 'none'])).stderr).toContain('No restore point holds such a file.');
  });
});

describe('On a terminal of 60 columns', () => {
  const narrow = { isTTY: true, columns: 60, env: { NO_COLOR: '1' } };

  test.each([['--help'], ...commands.map(({ name }) => [name, '--help'])])(
    '%s %s fits, but for usage and examples',
    async (...argv) => {
      const { stdout } = await cli(argv, fakeEngine(), narrow);

      const prose = stdout.split('\n').filter((line) => !/farshare /u.test(line));
      expect(widest(prose.join('\n'))).toBeLessThanOrEqual(60);
    },
  );

  test('runs and reports fit without losing anything, and nothing is coloured', async () => {
    const runs = await cli(['runs'], fakeEngine(), narrow);
    const show = await cli(['show', runId], fakeEngine(), narrow);

    expect(runs.stdout).toBe(`${runId}\n  status  succeeded\n  files   1,234\n  copied  31\n  failed  1\n`);
    expect(widest(show.stdout)).toBeLessThanOrEqual(60);
    expect(`${runs.stdout}${show.stdout}`).not.toContain('\u001b');
    expect((await cli(['show', runId], fakeEngine(), { isTTY: true, columns: 60 })).stdout).toContain('\u001b[32m');
  });

  test('progress is one line that stays within it', async () => {
    const { stderr } = await cli(['run', 'finance'], fakeEngine(), narrow);

    const lines = stderr.split('\r\u001b[2K').filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(0);
    expect(widest(lines.join('\n'))).toBeLessThan(60);
  });
});

describe('The pace of a run', () => {
  const at = (files: number, copied: number) =>
    aReport({ counts: { ...aReport().counts, files }, bytes: { scanned: 0, copied } });

  test('says how fast it is, and by the run before how much is left', () => {
    const pace = new Pace(1_000);
    pace.note(at(0, 0), 0);
    expect([pace.rate('files'), pace.leftMs]).toEqual([undefined, undefined]);
    pace.note(at(250, 5_000), 5_000);

    expect([pace.rate('files'), pace.rate('bytes'), pace.share, pace.leftMs]).toEqual([50, 1_000, 0.25, 15_000]);
  });

  test('says nothing of what is left without a run before, or once there is more than then', () => {
    const [unknown, more] = [new Pace(undefined), new Pace(10)];
    for (const pace of [unknown, more]) {
      pace.note(at(0, 0), 0);
      pace.note(at(20, 0), 1_000);
    }

    expect([unknown.share, unknown.leftMs, more.share, more.leftMs]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('forgets what is long ago', () => {
    const pace = new Pace(undefined);
    pace.note(at(1_000, 0), 0);
    pace.note(at(1_000, 0), 20_000);
    pace.note(at(1_010, 0), 30_000);

    expect(pace.rate('files')).toBe(1);
  });
});

describe('completion', () => {
  test('in bash knows the commands, and the options of each', async () => {
    const { stdout: script, code } = await cli(['completion', 'bash'], fakeEngine(), { config: 'not needed' });
    const complete = (...words: string[]): string[] =>
      execFileSync('bash', [
        ...['-c', `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _farshare; printf '%s\\n' "\${COMPREPLY[@]}"`],
        ...['bash', 'farshare', ...words],
      ])
        .toString()
        .trim()
        .split('\n');

    expect(code).toBe(0);
    expect(complete('')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
    expect(complete('ver')).toEqual(['versions', 'verify']);
    expect(complete('--json', 'restore', '--on')).toEqual(['--on-conflict']);
    expect(complete('run', '--destination', '')).toEqual(['']);
  });

  test.each(['zsh', 'fish'])('in %s names every command and option', async (shell) => {
    const { stdout } = await cli(['completion', shell]);

    for (const { name, options } of commands) {
      expect(stdout).toContain(name);
      for (const option of Object.keys(options)) expect(stdout).toMatch(new RegExp(`(?:--|-l )${option}\\b`, 'u'));
    }
    expect((await cli(['completion', 'tcsh'])).code).toBe(2);
  });
});
