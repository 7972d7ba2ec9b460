/**
 * `npm run soak -- [--cases N] [--seed N] [--minutes N] [--only trees|hosts]`: random trees by the thousand, then functions hosts
 * that are killed and frozen at random moments, for so many minutes.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: `${randomInt(1, 1_000_000_000)}` },
    minutes: { type: 'string', default: '30' },
    only: { type: 'string' },
  },
});
for (const name of ['cases', 'seed', 'minutes'] as const) {
  if (/^\d+(?:\.\d+)?$/u.test(values[name])) continue;
  process.stderr.write(`--${name} is a number, not ${values[name]}\n`);
  process.exit(2);
}
const files: Record<string, string> = { trees: 'random-trees', hosts: 'hosts' };
const wanted = values.only === undefined ? [] : [files[values.only] ?? ''];
if (wanted.includes('')) {
  process.stderr.write(`--only is one of ${Object.keys(files).join(', ')}\n`);
  process.exit(2);
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'test/soak/vitest.config.ts', ...wanted], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    FARSHARE_CASES: values.cases,
    FARSHARE_SEED: values.seed,
    FARSHARE_MINUTES: values.minutes,
  },
});
process.exitCode = status ?? 1;
