import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readPriceTable } from '../../../cli/price-table.ts';
import { cli } from './fake-engine.ts';

const ownTable = () => readFile(new URL('../../../cli/prices.json', import.meta.url), 'utf8');

describe('what a planned run would take', () => {
  test('is printed beneath its actions, with the doubt about its prices', async () => {
    const { stdout } = await cli(['plan', 'finance']);

    expect(stdout).toContain('1,203 requests (1,201 at the least)');
    expect(stdout).toContain('1,200 CopyFile');
    expect(stdout).toContain('Cost in USD (prices of 2026-11-23, somewhere, not verified');
    expect(stdout).toMatch(/hot +0.0001 +12.50 +0.00/u);
    expect(stdout).toMatch(/- +Taxes\./u);
  });

  test('is reckoned with the prices of the file given', async () => {
    const table = await readPriceTable('mine.json', async () =>
      (await ownTable()).replace(/"dated": "[^"]*"/u, '"dated": "2030-01-01"'),
    );

    expect(table.dated).toBe('2030-01-01');
    expect((await readPriceTable(undefined, () => Promise.reject(new Error('unused')))).verified).toBe(false);
  });

  test.each([
    ['{', 'is not JSON'],
    ['{}', 'dated'],
  ])('is refused with a price table %j', async (text, says) => {
    await expect(readPriceTable('mine.json', () => Promise.resolve(text))).rejects.toThrow(says);
  });

  test('is refused with a price table that cannot be read', async () => {
    const { code, stderr } = await cli(['plan', 'finance', '--prices', 'none.json']);

    expect(code).toBe(2);
    expect(stderr).toContain('none.json cannot be used: cannot be read');
  });
});
