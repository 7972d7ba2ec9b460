/** Each rule of .oxlintrc.json that holds the architecture refuses a violation seeded for it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

type Seed = readonly [file: string, text: string];

const imports = (specifier: string): string =>
  `import * as imported from '${specifier}';\nexport const used = imported;\n`;
const importRule = 'no-restricted-imports';

/** Where, and the import that is refused there. */
const refusedImports: readonly Seed[] = [
  ['lib/model/x.ts', '../errors.ts'],
  ['lib/model/x.ts', 'node:fs'],
  ['lib/model/x.ts', '@azure/storage-file-share'],
  ['lib/plan/x.ts', 'node:crypto'],
  ['lib/plan/x.ts', 'node:timers/promises'],
  ['lib/plan/x.ts', '@azure/identity'],
  ['lib/plan/x.ts', 'zod'],
  ['lib/plan/x.ts', 'croner'],
  ['lib/plan/x.ts', '../run/ports.ts'],
  ['lib/plan/x.ts', '../model/entry.ts'],
  ['lib/plan/schedule.ts', 'node:fs'],
  ['lib/plan/schedule.ts', '../run/ports.ts'],
  ['lib/run/x.ts', '../azure/index.ts'],
  ['lib/run/x.ts', '../local/index.ts'],
  ['lib/run/x.ts', '../plan/names.ts'],
  ['lib/run/x.ts', '../compose.ts'],
  ['lib/run/x.ts', '@azure/storage-file-share'],
  ['lib/run/x.ts', 'node:fs'],
  ['lib/azure/x.ts', '../plan/index.ts'],
  ['lib/azure/x.ts', '../telemetry/index.ts'],
  ['lib/azure/x.ts', '../run/index.ts'],
  ['lib/local/x.ts', '../azure/index.ts'],
  ['lib/local/x.ts', '@azure/data-tables'],
  ['lib/telemetry/x.ts', '../azure/index.ts'],
  ['lib/http/x.ts', '../azure/index.ts'],
  ['lib/http/x.ts', '@azure/storage-file-share'],
  ['lib/config.ts', './azure/index.ts'],
  ['lib/config.ts', 'node:fs'],
  ['lib/config/x.ts', '../run/ports.ts'],
  ['lib/compose.ts', './azure/errors.ts'],
  ['lib/compose.ts', './plan/names.ts'],
  ['lib/compose.ts', '../emulator/index.ts'],
  ['functions/x.ts', '../lib/azure/index.ts'],
  ['functions/x.ts', '../lib/run/index.ts'],
  ['functions/x.ts', '../lib/model/entry.ts'],
  ['functions/x.ts', '@azure/storage-queue'],
  ['functions/shared/x.ts', '../../lib/plan/index.ts'],
  ['cli/x.ts', '../lib/azure/index.ts'],
  ['cli/commands/x.ts', '../../lib/run/index.ts'],
  ['cli/commands/x.ts', '../../lib/config/environment.ts'],
  ['cli/x.ts', '@azure/storage-file-share'],
  ['emulator/x.ts', '../lib/model/index.ts'],
  ['emulator/store/x.ts', '../../lib/plan/index.ts'],
  ['emulator/x.ts', '@azure/storage-file-share'],
  ['local-host/x.ts', '../lib/config.ts'],
  ['local-host/x.ts', '../functions/shard.ts'],
  ['local-host/x.ts', '@azure/storage-file-share'],
  ['local-stack/x.ts', '../lib/model/index.ts'],
  ['demo/x.ts', '../lib/azure/index.ts'],
  ['dashboard/x.ts', '../lib/engine.ts'],
  ['dashboard/views/x.ts', 'node:fs'],
  ['dashboard/x.ts', 'zod'],
  ['walker/x.ts', '../lib/model/index.ts'],
  ['walker/x.ts', '../emulator/index.ts'],
  ['walker/x.ts', 'zod'],
];

/** Where, and an import that is the layer's own: the rules must not pass by refusing everything. */
const allowedImports: readonly Seed[] = [
  ['lib/model/allowed.ts', 'zod'],
  ['lib/plan/allowed.ts', '../model/index.ts'],
  ['lib/plan/schedule.ts', 'croner'],
  ['lib/run/allowed.ts', '../plan/index.ts'],
  ['lib/run/allowed.ts', './ports.ts'],
  ['lib/azure/allowed.ts', '@azure/storage-file-share'],
  ['lib/azure/allowed.ts', '../run/ports.ts'],
  ['lib/local/allowed.ts', 'node:fs/promises'],
  ['lib/config/allowed.ts', '../plan/index.ts'],
  ['lib/compose.ts', './azure/index.ts'],
  ['functions/allowed.ts', '../lib/compose.ts'],
  ['functions/shared/allowed.ts', '../../lib/errors.ts'],
  ['cli/allowed.ts', '../lib/compose.ts'],
  ['cli/commands/allowed.ts', '../command.ts'],
  ['emulator/handlers/allowed.ts', '../store/index.ts'],
  ['local-host/allowed.ts', '@azure/storage-queue'],
  ['local-stack/allowed.ts', 'node:child_process'],
  ['dashboard/views/allowed.ts', '../dom.ts'],
  ['dashboard/allowed.ts', '../lib/model/index.ts'],
  ['demo/allowed.ts', '../walker/index.ts'],
  ['walker/allowed.ts', '@azure/storage-file-share'],
  ['test/unit/allowed.ts', '../../lib/azure/errors.ts'],
];

const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `export const c${at} = ${at};\n`).join('');

/** Where, the rule that refuses, and the violation. */
const refusedCode: readonly (readonly [file: string, rule: string, text: string])[] = [
  ['lib/plan/date.ts', 'no-restricted-globals', 'export const at = () => new Date();\n'],
  ['lib/plan/process.ts', 'no-restricted-globals', 'export const id = () => process.pid;\n'],
  ['lib/plan/timer.ts', 'no-restricted-globals', 'export const wait = (go: () => void) => setTimeout(go, 1);\n'],
  ['lib/plan/performance.ts', 'no-restricted-globals', 'export const at = () => performance.now();\n'],
  ['lib/plan/chance.ts', 'no-restricted-properties', 'export const chance = () => Math.random();\n'],
  ['lib/plan/schedule.ts', 'no-restricted-globals', 'export const id = () => process.pid;\n'],
  ['lib/plan/long.ts', 'max-lines', lines(121)],
  ['lib/run/now.ts', 'no-restricted-properties', 'export const at = () => Date.now();\n'],
  ['lib/run/timer.ts', 'no-restricted-globals', 'export const wait = (go: () => void) => setTimeout(go, 1);\n'],
  ['lib/run/env.ts', 'no-process-env', 'export const home = () => process.env["HOME"];\n'],
  ['cli/env.ts', 'no-process-env', 'export const home = () => process.env["HOME"];\n'],
  ['functions/long.ts', 'max-lines', lines(41)],
  ['emulator/long.ts', 'max-lines', lines(301)],
  ['emulator/function.ts', 'max-lines-per-function', `export function long() {\n${'  void 0;\n'.repeat(60)}}\n`],
  ['emulator/parameters.ts', 'max-params', 'export const five = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];\n'],
  [
    'emulator/complex.ts',
    'complexity',
    `export const odd = (n: number) => ${Array.from({ length: 13 }, (_, at) => `n === ${at} ? ${at} : `).join('')} -1;\n`,
  ],
  ['dashboard/markup.ts', 'no-restricted-properties', 'export const f = (e: { innerHTML: string }) => e.innerHTML;\n'],
  ['lib/run/log.ts', 'no-console', 'export const log = () => console.log("x");\n'],
  ['lib/run/default.ts', 'no-default-export', 'export default 1;\n'],
  ['lib/run/cycle.ts', 'no-cycle', "import { b } from './cycle-2.ts';\nexport const a = (): number => b();\n"],
  ['lib/run/floating.ts', 'no-floating-promises', 'export const lost = () => { Promise.resolve(1); };\n'],
  [
    'lib/run/switch.ts',
    'switch-exhaustiveness-check',
    "export const f = (kind: 'a' | 'b') => { switch (kind) { case 'a': return 1; } return 2; };\n",
  ],
  ['lib/run/throw.ts', 'only-throw-error', "export const f = () => { throw 'text'; };\n"],
];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

let probe: string;
let found: readonly string[];

/** Several seeds for one file stand in it one below the other: each has its own lines. */
async function writeSeeds(): Promise<ReadonlyMap<string, readonly number[]>> {
  const written = new Map<string, string>();
  const places = new Map<string, number[]>();
  const add = (file: string, text: string) => {
    const before = written.get(file) ?? '';
    places.set(file, [...(places.get(file) ?? []), before.split('\n').length]);
    written.set(file, before + text);
  };
  for (const [file, specifier] of [...refusedImports, ...allowedImports]) {
    const index = String(places.get(file)?.length ?? 0);
    add(file, imports(specifier).replaceAll('imported', `imported${index}`).replaceAll('used', `used${index}`));
  }
  for (const [file, , text] of refusedCode) add(file, text);
  add('lib/run/cycle-2.ts', "import { a } from './cycle.ts';\nexport const b = (): number => a();\n");
  for (const [file, text] of written) {
    await mkdir(join(probe, dirname(file)), { recursive: true });
    await writeFile(join(probe, file), text);
  }
  return places;
}

const lint = (): Promise<readonly Diagnostic[]> =>
  new Promise((resolve, reject) => {
    const oxlint = join(root, 'node_modules/.bin/oxlint');
    execFile(oxlint, ['--type-aware', '-f', 'json'], { cwd: probe, maxBuffer: 64e6 }, (error, stdout) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics);
      } catch {
        reject(error ?? new Error(stdout));
      }
    });
  });

/** `file rule line` of each thing found; lines only of imports. */
const describeFinding = ({ code, filename, labels }: Diagnostic): string => {
  const rule = /\(([^)]+)\)/u.exec(code)?.[1] ?? code;
  return `${filename} ${rule}${rule === importRule ? ` ${labels[0]?.span.line ?? 0}` : ''}`;
};

let places: ReadonlyMap<string, readonly number[]>;

beforeAll(async () => {
  probe = await mkdtemp(join(tmpdir(), 'farshare-lint-'));
  await cp(join(root, '.oxlintrc.json'), join(probe, '.oxlintrc.json'));
  await cp(join(root, 'tsconfig.json'), join(probe, 'tsconfig.json'));
  await symlink(join(root, 'node_modules'), join(probe, 'node_modules'));
  places = await writeSeeds();
  found = (await lint()).map(describeFinding);
});

afterAll(async () => {
  await rm(probe, { recursive: true, force: true });
});

/** The nth import that the tables seed in a file stands on this line. */
function lineOf(table: readonly Seed[], seed: Seed): number {
  const all = [...refusedImports, ...allowedImports].filter(([file]) => file === seed[0]);
  expect(table).toContain(seed);
  return places.get(seed[0])?.[all.indexOf(seed)] ?? 0;
}

describe('the layers', () => {
  test.each(refusedImports.map((seed) => ({ seed, name: `${seed[0]} may not import ${seed[1]}` })))(
    '$name',
    ({ seed }) => {
      expect(found).toContain(`${seed[0]} ${importRule} ${lineOf(refusedImports, seed)}`);
    },
  );

  test.each(allowedImports.map((seed) => ({ seed, name: `${seed[0]} may import ${seed[1]}` })))('$name', ({ seed }) => {
    expect(found).not.toContain(`${seed[0]} ${importRule} ${lineOf(allowedImports, seed)}`);
  });

  test('are those of folders that exist', async () => {
    const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as {
      overrides: { files: string[] }[];
    };

    const folders = config.overrides.flatMap(({ files }) => files).map((glob) => glob.replace(/\/?\*.*$/u, ''));
    expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  });
});

describe('the other rules', () => {
  test.each(refusedCode)('%s is refused by %s', (file, rule) => {
    expect(found).toContain(`${file} ${rule}`);
  });
});
