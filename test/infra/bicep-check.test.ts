import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { infra, projectRoot } from './template.ts';

/** Not part of the project: it stands beside it where the project is built, and knows the published types. */
const tool = join(projectRoot, '../shared/tools/bicep-check');
const isThere = existsSync(tool);
if (!isThere) process.stderr.write(`bicep-check is not at ${tool}: the types of resources are not checked here.\n`);

describe.skipIf(!isThere)('bicep-check', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'bicep-check-'));
    cpSync(tool, copy, { recursive: true });
    // It may be read-only where it stands.
    chmodSync(copy, 0o755);
    execFileSync('npm', ['install', '--prefix', copy, '--no-audit', '--no-fund', '--ignore-scripts'], {
      stdio: 'pipe',
    });
  }, 120_000);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each(['main.bicep', 'subscription.bicep'])('finds neither an error nor a warning in %s', (entry) => {
    const output = execFileSync(process.execPath, [join(copy, 'bicep-check.mjs'), join(infra, entry), '--json']);

    const { queries, problems } = JSON.parse(output.toString()) as { queries: number; problems: unknown[] };
    expect(problems).toEqual([]);
    expect(queries).toBeGreaterThan(10);
  });
});
