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
  for (const file of new Set(runs.flatMap(({ results }) => results.map((result) => result.file))).values()) {
    lines.push(`### ${file}`, '', ...table(['test', ...runs.map(title)], rowsOf(runs, file)), '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

const explanations = [
  '',
  '`https only`: the SDK sends bearer tokens over https only; those tests count in the https run. Skipped: the suite leaves',
  'the test out itself, by `it.skip` or because it is unstable on the real service. `http-path`: endpoints as',
  '`http://127.0.0.1:PORT/ACCOUNT`; the other runs use the host names of the service, connected to this machine.',
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
