import { describe, expect, test } from 'vitest';
import { runCli } from '../../cli/run-cli.ts';

interface Running {
  readonly url: string;
  readonly key: string;
}

/** The command line through a running app that has the job `docs`, with restore points. */
export function describeCli(running: () => Running): void {
  const farshare = async (argv: readonly string[], key = running().key) => {
    const texts = { stdout: '', stderr: '' };
    const stream = (name: keyof typeof texts) => ({
      write: (text: string, done?: () => void) => {
        texts[name] += text;
        done?.();
        return true;
      },
    });
    const code = await runCli({
      argv: [...argv, '--app', running().url, '--json'],
      env: { FARSHARE_APP_KEY: key },
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      readFile: () => Promise.reject(new Error('no configuration is read')),
      openEngine: () => Promise.reject(new Error('nothing is done here')),
      signal: new AbortController().signal,
    });
    expect(`${texts.stdout}${texts.stderr}`).not.toContain(running().key);
    return { code, stderr: texts.stderr, document: JSON.parse(texts.stdout) };
  };

  describe('farshare --app', () => {
    test('plans and runs a job, and watches it to its end', async () => {
      const planned = await farshare(['plan', 'docs']);
      const ran = await farshare(['run', 'docs']);

      expect([planned.code, planned.document.dryRun]).toEqual([0, true]);
      expect([ran.code, ran.document.status, ran.document.job]).toEqual([0, 'succeeded', 'docs']);
      expect(ran.stderr).toContain('docs to west: succeeded');
      const { runId } = ran.document;
      const { document: runs } = await farshare(['runs', 'docs', '--limit', '2']);
      expect(runs.runs.map((run: { runId: string }) => run.runId)).toEqual([runId, planned.document.runId]);
      expect((await farshare(['show', runId])).document).toEqual(ran.document);
      expect((await farshare(['failures', runId])).document).toEqual({ runId, failures: [] });
      expect((await farshare(['cancel', runId])).document.error.code).toBe('RunEnded');
    });

    test('lists points and versions, and restores', async () => {
      const { document } = await farshare(['points', 'docs']);
      const { document: found } = await farshare(['versions', 'docs', 'd00001/**']);
      const restored = await farshare(['restore', 'docs', '--path', 'd00001', '--to', 'production/by-cli']);

      expect(document.points.length).toBeGreaterThan(1);
      expect(found.versions).toHaveLength(20);
      expect([restored.code, restored.document.kind, restored.document.counts.copied]).toEqual([0, 'restore', 20]);
    });

    test('says what is wrong, and what it does not do', async () => {
      const codes = async (...argv: string[]): Promise<string> => {
        const { code, document } = await farshare(argv);
        return `${code} ${document.error.code}`;
      };

      expect(await codes('run', 'none')).toBe('2 JobNotFound');
      expect(await codes('show', 'none')).toBe('2 UnknownRun');
      expect(await codes('points', '--from', 'vault/docs-copy')).toBe('2 NotOverApp');
      expect(await codes('prune', 'docs')).toBe('2 NotOverApp');
      const [wrong, none] = [await farshare(['runs'], 'wrong'), await farshare(['runs'], '')];
      expect([wrong.code, wrong.document.error.code]).toEqual([2, 'KeyRefused']);
      expect([none.code, none.document.error.code]).toEqual([2, 'NoKey']);
    });
  });
}
