import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { localName, openFolder } from '../../../lib/local/folder.ts';

describe('A name on this machine', () => {
  test.each([
    ['plan.xlsx', 'plan.xlsx'],
    ['Größe – 東京 🗻.txt', 'Größe – 東京 🗻.txt'],
    ['..', '%2E%2E'],
    ['.', '%2E'],
    ['a/../../b', 'a%2F..%2F..%2Fb'],
    ['a\\b', 'a%5Cb'],
    ['nul\u0000l', 'nul%00l'],
    ['...', '...'],
  ])('%j becomes %j', (name, expected) => {
    expect(localName(name, 'linux')).toBe(expected);
  });

  test.each([
    ['trailing dot.', 'trailing dot%2E'],
    ['space ', 'space%20'],
    ['NUL', '%NUL'],
    ['com1.txt', '%com1.txt'],
    ['console', 'console'],
  ])('%j becomes %j on Windows', (name, expected) => {
    expect(localName(name, 'win32')).toBe(expected);
  });

  test('that is too long is cut, keeps its extension, and stays different from others', () => {
    const names = ['備'.repeat(200), `${'備'.repeat(199)}ｘ`].map((stem) => localName(`${stem}.xlsx`, 'linux'));

    expect(new Set(names).size).toBe(2);
    for (const name of names) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255 - '.farshare-part'.length);
      expect(name).toMatch(/~[0-9a-f]{12}\.xlsx$/u);
    }
  });
});

async function* pieces(...of: readonly string[]) {
  let start = 0;
  for (const text of of) {
    yield { start, bytes: Buffer.from(text) };
    start += text.length;
  }
}

describe('A folder', () => {
  const root = (): string => mkdtempSync(join(tmpdir(), 'farshare-folder-'));
  const lastWriteMs = Date.UTC(2012, 2, 4, 5, 6, 7, 890);

  test('takes files with their times, in directories made as needed', async () => {
    const at = root();

    await openFolder(at).write(['a', 'b.txt'], { sizeBytes: 8, lastWriteMs, pieces: pieces('one', 'two') });

    expect(readFileSync(join(at, 'a/b.txt'))).toEqual(Buffer.from('onetwo\0\0'));
    expect(statSync(join(at, 'a/b.txt')).mtimeMs).toBe(lastWriteMs);
  });

  test('is left for nothing: neither by names nor by links', async () => {
    const [at, outside] = [root(), root()];
    mkdirSync(join(outside, 'dir'));
    writeFileSync(join(outside, 'file'), 'outside');
    symlinkSync(join(outside, 'dir'), join(at, 'linked'));
    symlinkSync(join(outside, 'file'), join(at, 'file'));
    const folder = openFolder(at);
    const file = () => ({ sizeBytes: 1, lastWriteMs, pieces: pieces('x') });

    await folder.write(['..', 'up.txt'], file());
    await folder.write(['file'], file());

    await expect(folder.write(['linked', 'in.txt'], file())).rejects.toMatchObject({ code: 'NameTaken' });
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('outside');
    expect(readdirSync(join(outside, 'dir'))).toEqual([]);
    expect(readFileSync(join(at, '%2E%2E/up.txt'), 'utf8')).toBe('x');
    expect(readFileSync(join(at, 'file'), 'utf8')).toBe('x');
  });

  test('has a file whole or not at all', async () => {
    const at = root();
    writeFileSync(join(at, 'a.txt'), 'before');
    async function* broken() {
      yield { start: 0, bytes: Buffer.from('x') };
      throw new Error('The line broke.');
    }

    const writing = openFolder(at).write(['a.txt'], { sizeBytes: 2, lastWriteMs, pieces: broken() });

    await expect(writing).rejects.toThrow('The line broke.');
    expect(readdirSync(at)).toEqual(['a.txt']);
    expect(readFileSync(join(at, 'a.txt'), 'utf8')).toBe('before');
  });
});
