import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { renderResults, tally } from './render-results.ts';
import type { SuiteRun } from './render-results.ts';
import { runSuite } from './run-suite.ts';
import type { Protocol } from './settings.ts';

const USAGE = `usage: npm run sdk-tests -- DIR [--sdk 12.33.0 …] [--protocol http|https|http-path …] [--file PART …]
  [--test REGEXP] [--not-live] [--log FILE] [--write FILE.md] [--suite WORDS]
DIR holds the tests of the JavaScript SDK for Azure Files (sdk/storage/storage-file-share/test). Nothing in it is changed.
`;

const SDKS = ['12.33.0', '12.31.0'];
const PROTOCOLS = ['http', 'https'];
const NONE: string[] = [];

const OPTIONS = {
  sdk: { type: 'string', multiple: true, default: SDKS },
  protocol: { type: 'string', multiple: true, default: PROTOCOLS },
  file: { type: 'string', multiple: true, default: NONE },
  test: { type: 'string' },
  'not-live': { type: 'boolean', default: false },
  log: { type: 'string' },
  write: { type: 'string' },
  suite: { type: 'string', default: 'unnamed' },
} as const;

const isProtocol = (text: string): text is Protocol => ['http', 'https', 'http-path'].includes(text);

function readArguments() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new TypeError('One folder is wanted.');
  if (!existsSync(folder)) throw new TypeError(`There is no folder '${folder}'.`);
  const protocols = values.protocol.filter(isProtocol);
  if (protocols.length < values.protocol.length) throw new TypeError('--protocol takes http, https or http-path.');
  return { ...values, protocols, folder: resolve(folder) };
}

type Arguments = ReturnType<typeof readArguments>;

async function runAll({ folder, sdk, protocols, file, test, log, ...given }: Arguments): Promise<SuiteRun[]> {
  const runs: SuiteRun[] = [];
  for (const version of sdk) {
    for (const protocol of protocols) {
      // One after the other: each run has an emulator of its own.
      const where = { folder, sdk: version, protocol };
      const results = await runSuite({ ...where, files: file, test, notLive: given['not-live'], logFile: log });
      runs.push({ sdk: version, protocol, results });
      const { passed, failed, excluded, skipped, httpsOnly } = tally(results);
      process.stdout.write(
        `${version} ${protocol}: ${passed} passed, ${failed} failed, ${excluded} excluded, ${httpsOnly} https only, ${skipped} skipped\n`,
      );
      for (const result of results) {
        if (result.outcome === 'failed')
          process.stdout.write(`  ${result.file} > ${result.name}\n    ${result.failure}\n`);
      }
    }
  }
  return runs;
}

async function main(): Promise<number> {
  const given = readArguments();
  const runs = await runAll(given);
  if (given.write !== undefined) writeFileSync(given.write, renderResults(runs, given.suite));
  const isClean = runs.every(({ results }) => results.length > 0 && tally(results).failed === 0);
  return isClean ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof TypeError) process.stderr.write(USAGE);
  process.exitCode = 2;
}
