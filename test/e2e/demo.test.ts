import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { leftBehind, requireBuilt, startProgram } from './start-processes.ts';
import type { Program } from './start-processes.ts';

let scratch: string;
let folder: string;
let program: Program | undefined;

beforeAll(async () => {
  await requireBuilt();
  scratch = await mkdtemp(join(tmpdir(), 'farshare-demo-test-'));
  folder = join(scratch, 'folder');
  for (let i = 0; i < 120; i += 1) {
    const directory = join(folder, `group ${Math.floor(i / 4)}`, i % 2 === 0 ? 'straße' : 'b');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, `file ${i}.txt`), 'x'.repeat(i * 37));
  }
});
afterAll(() => rm(scratch, { recursive: true }));
afterEach(async () => {
  if (!program) return;
  program.child.kill('SIGKILL');
  await leftBehind(program);
});

function play(...args: string[]): Program {
  // What it leaves behind is left in the test's own folder.
  program = startProgram('demo/main.ts', args, { TMPDIR: scratch });
  return program;
}

const folderOf = (demo: Program) => /comparison and logs: (\S+)/.exec(demo.stdout())?.[1] ?? '';

describe('the demo', () => {
  test('backs a folder up twice, proves the restore point equal, exits 0 and leaves only the folder it names', async () => {
    const demo = play('--from', folder);

    expect([await demo.ended, demo.stderr()]).toEqual([0, '']);
    expect(demo.stdout()).toMatch(/: EQUAL$/m);
    expect(demo.stdout()).toMatch(/Only the \d+ files that changed were written/);
    expect(await leftBehind(demo)).toEqual([]);
    const comparison = JSON.parse(await readFile(join(folderOf(demo), 'comparison.json'), 'utf8')) as object;
    expect(comparison).toMatchObject({ equal: true, differenceCount: 0 });
  });

  test('works on a folder of a single file', async () => {
    const single = join(scratch, 'single');
    await mkdir(single);
    await writeFile(join(single, 'only.txt'), 'alone');

    const demo = play('--from', single);

    expect([await demo.ended, demo.stderr()]).toEqual([0, '']);
  });

  test('ends with 130 on SIGINT in the middle of a run, and leaves no process behind', async () => {
    const demo = play();
    await demo.printed('3. First backup');

    demo.child.kill('SIGINT');

    expect(await demo.ended).toBe(130);
    expect(demo.stderr()).toBe('Interrupted.\n');
    expect(await leftBehind(demo)).toEqual([]);
  });

  test('says so and exits 1 when the functions host dies', async () => {
    const demo = play();
    await demo.printed('3. First backup');
    const host = demo.descendants().find(({ commandLine }) => commandLine.includes('local-host/main.ts'));

    process.kill(host?.pid ?? 0, 'SIGKILL');

    expect(await demo.ended).toBe(1);
    expect(demo.stderr()).toContain('functions-host ended: it was ended by SIGKILL');
    expect(await leftBehind(demo)).toEqual([]);
  });
});

describe('wrong use', () => {
  test.each([
    ['a folder that is not there', () => ['--from', join(scratch, 'nowhere')], 'does not exist'],
    ['a file', () => ['--from', join(folder, 'group 0/b/file 1.txt')], 'is not a folder'],
    ['a number that is none', () => ['--files', 'many'], '--files takes a number'],
    ['an unknown option', () => ['--fast'], "Unknown option '--fast'"],
  ])('of %s ends with 2 and a sentence', async (_, args, sentence) => {
    const demo = play(...args());

    expect(await demo.ended).toBe(2);
    expect(demo.stderr()).toContain(sentence);
    expect(demo.stderr()).not.toMatch(/^\s+at /m);
  });

  test('of an empty folder ends with 2 and a sentence', async () => {
    const empty = join(scratch, 'empty');
    await mkdir(empty);

    const demo = play('--from', empty);

    expect(await demo.ended).toBe(2);
    expect(demo.stderr()).toContain('holds no files');
  });
});
