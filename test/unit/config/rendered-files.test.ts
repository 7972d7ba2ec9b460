import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { renderFiles } from '../../../cli/render-configuration.ts';

test('the rendered documentation and JSON schema are up to date (else: node cli/render-configuration.ts)', async () => {
  const rendered = await renderFiles();

  for (const [path, text] of Object.entries(rendered)) {
    const written = await readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
    expect(written).toBe(text);
  }
});
