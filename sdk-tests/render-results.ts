import { missingFeature } from './exclusions.ts';
import type { TestResult } from './run-suite.ts';
import type { Protocol } from './settings.ts';

export type SuiteRun = { sdk: string; protocol: Protocol; results: readonly TestResult[] };

export type Tally = { passed: number; failed: number; excluded: number; skipped: number; httpsOnly: number };

/** Counts of one run. Active are the tests that the suite itself does not skip: the first three. */
export function tally(results: readonly TestResult[]): Tally {
  const count = { passed: 0, failed: 0, excluded: 0, skipped: 0, httpsOnly: 0 };
  for (const result of results) count[columnOf(result)] += 1;
  return count;
}

function columnOf({ outcome, name, sdk }: TestResult): keyof Tally {
  if (outcome === 'failed') return missingFeature(name, sdk) === undefined ? 'failed' : 'excluded';
  return outcome === 'https only' ? 'httpsOnly' : outcome;
}

/** The page of results: a summary, what is excluded and why, what fails and how, and every test. */
export function renderResults(runs: readonly SuiteRun[], suite: string): string {
  const title = (run: SuiteRun) => `${run.sdk} ${run.protocol}`;
  const lines = [
    '# Tests of the JavaScript SDK, run against the emulator',
    '',
    `Made by \`npm run sdk-tests -- DIR --write docs/sdk-tests.md\`; not edited by hand. Suite: ${suite}.`,
    '',
    ...table(
      ['SDK, protocol', 'active', 'passed', 'failed', 'excluded', 'https only', 'skipped by the suite'],
      runs.map((run) => {
        const { passed, failed, excluded, skipped, httpsOnly } = tally(run.results);
        const active = passed + failed + excluded;
        return [title(run), ...[active, passed, failed, excluded, httpsOnly, skipped].map(String)];
      }),
    ),
    ...explanations,
    ...section('Excluded', distinct(runs, 'excluded'), ({ name, sdk }) => missingFeature(name, sdk) ?? ''),
    ...section(
      'Failed',
      distinct(runs, 'failed'),
      ({ failure }) => (failure ?? '').split('\n')[0]?.slice(0, 160) ?? '',
    ),
    '## Every test',
    '',
  ];
  // Files end in another order each time.
  for (const file of [...new Set(runs.flatMap(({ results }) => results.map((result) => result.file)))].toSorted()) {
    lines.push(`### ${file}`, '', ...table(['test', ...runs.map(title)], rowsOf(runs, file)), '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

const explanations = [
  '',
  'Run live: `sdk-tests/` starts the emulator, installs the SDK into a scratch folder, runs the tests of DIR as they are with',
  "vitest, and puts its own stand-ins in the place of the SDK's test recorder, credentials and tracing matcher. Two accounts",
  'have soft delete, and a deletion takes 30 s (switches `softDeleteDays`, `softDeleteAccounts`, `shareBeingDeletedMs`). DIR is',
  '`sdk/storage/storage-file-share/test` of a fork of azure-sdk-for-js; none of its code is in this repository.',
  '',
  'What is changed while they run: imports of `../src/X.js` load the installed package, over http the scheme of the endpoint is',
  '`http`, and with 12.33 a client shows its pipeline where the suite, which is older, looks for it.',
  '',
  '- `https only`: the SDK sends bearer tokens over https only; these tests count in the https run.',
  '- `skipped`: the suite leaves the test out itself, by `it.skip` or because it is unstable on the real service. `--not-live`',
  '  runs the latter.',
  "- Both protocols use the service's host names, connected to this machine. `--protocol http-path` uses",
  '  `http://127.0.0.1:PORT/ACCOUNT` instead; there the tests of renames fail, because the SDK makes the URL of a',
  "  rename's destination without the account.",
  '',
];

function distinct(runs: readonly SuiteRun[], column: keyof Tally): TestResult[] {
  const results = runs.flatMap((run) => run.results.filter((result) => columnOf(result) === column));
  return [...new Map(results.map((result) => [keyOf(result), result])).values()];
}

function section(title: string, results: readonly TestResult[], say: (result: TestResult) => string): string[] {
  if (results.length === 0) return [`## ${title}`, '', 'None.', ''];
  return [`## ${title}`, '', ...results.map((result) => `- ${keyOf(result)}: ${say(result)}`), ''];
}

function rowsOf(runs: readonly SuiteRun[], file: string): string[][] {
  const names = [...new Set(runs.flatMap(({ results }) => results.filter((r) => r.file === file).map((r) => r.name)))];
  return names.map((name) => [
    name,
    ...runs.map(({ results }) => {
      const found = results.filter((result) => result.file === file && result.name === name);
      return [...new Set(found.map((result) => WORDS[columnOf(result)]))].join(', ');
    }),
  ]);
}

const WORDS: Record<keyof Tally, string> = {
  passed: 'pass',
  failed: 'FAIL',
  excluded: 'excluded',
  skipped: 'skipped',
  httpsOnly: 'https only',
};

const keyOf = ({ file, name }: TestResult): string => `${file} > ${name}`;

/** Markdown, with the bars inside cells escaped. */
function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
