import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { events } from '../../lib/telemetry/events.ts';
import type { BicepObject } from './bicep.ts';
import { Expression } from './bicep.ts';
import { asArray, asNames, asObject, declared, infra, projectRoot } from './template.ts';

const queries = new Map(
  readdirSync(join(infra, 'queries')).map((name) => [name, readFileSync(join(infra, 'queries', name), 'utf8')]),
);
const rules = asArray(declared('modules/alerts.bicep', 'var', 'rules').value).map((rule) => asObject(rule));
const sections = asArray(declared('modules/workbook.bicep', 'var', 'sections').value).map((one) => asObject(one));
const fileOf = ({ query }: BicepObject): string =>
  /queries\/([\w-]+\.kql)/u.exec((query as Expression).text)?.[1] ?? '';
const nameOf = ({ name }: BicepObject): string => (typeof name === 'string' ? name : '');
const namesIn = (query: string) => [...query.matchAll(/"(backup(?:\.\w+)+)"/gu)].map(([, name]) => name ?? '');

/** How the events are found: sent as custom events, or as lines that the host carries to the traces. */
const prelude = /^let events = union\n[\s\S]*?;\n/u;

test.each([...queries])('%s names only events that are sent, and properties that are sent with them', (_, query) => {
  const names = namesIn(query);
  const sent = new Set(names.flatMap((name) => sentWith.get(name) ?? []));
  const properties = [...query.replace(prelude, '').matchAll(/details(?:\.(\w+)|\["(\w+)"\])/gu)];

  expect(names.filter((name) => !(name in events))).toEqual([]);
  for (const [, dotted, quoted] of properties) expect([...sent, 'dryRun']).toContain(dotted ?? quoted);
});

test('Every query is used, and finds events in the same way', () => {
  const used = new Set([...rules, ...sections].map(fileOf));
  const preludes = [...queries.values()]
    .filter((query) => namesIn(query).length > 0)
    .map((query) => prelude.exec(query)?.[0]);

  expect(used).toEqual(new Set(queries.keys()));
  expect(new Set(preludes).size).toBe(1);
  expect(preludes[0]).toBeDefined();
});

describe.each(rules.map((rule) => [nameOf(rule), rule] as const))('The alert %s', (name, rule) => {
  test('splits by columns that its query has', () => {
    for (const dimension of asNames(rule['dimensions'])) {
      expect(queries.get(fileOf(rule))).toMatch(new RegExp(`(?:project|by) [\\s\\S]*\\b${dimension}\\b`, 'u'));
    }
  });

  test('is in docs/deploy.md, and in the runbook', () => {
    expect(documentOf('deploy.md')).toContain(`\`${name}\``);
    expect(runbook()).toContain(name);
  });
});

test('The runbook has an entry for each alert, and for no other', () => {
  const metricAlerts = [
    ...readFileSync(join(infra, 'modules/transaction-alerts.bicep'), 'utf8').matchAll(/'alert-\$\{name\}-(\w+)-/gu),
  ];

  const names = [...rules.map(nameOf), ...metricAlerts.map(([, name = '']) => name)];

  expect(runbook().toSorted()).toEqual(names.toSorted());
});

const documentOf = (name: string): string => readFileSync(join(projectRoot, 'docs', name), 'utf8');
const runbook = (): readonly string[] =>
  [...(documentOf('operations.md').split('\n## Runbook\n')[1] ?? '').matchAll(/^### ([\w-]+)$/gmu)].map(
    ([, name]) => name ?? '',
  );

test('Absence of a restore point is asked of each destination on its own', () => {
  const [rule] = rules.filter((one) => one['name'] === 'no-restore-point');

  expect(rule).toMatchObject({ dimensions: ['job', 'destination'], operator: 'GreaterThan', threshold: 0 });
  // What alerts.bicep replaces.
  expect(queries.get('no-restore-point.kql')?.split('dynamic([])')).toHaveLength(2);
});

test('Events that need somebody have an alert', () => {
  const alerted = new Set(rules.flatMap((rule) => namesIn(queries.get(fileOf(rule)) ?? '')));

  expect([...alerted]).toEqual(
    expect.arrayContaining([
      ...['backup.run.completed', 'backup.run.failed', 'backup.run.awaitingapproval', 'backup.run.missed'],
      ...['backup.guard.tripped', 'backup.check.mismatch', 'backup.shard.failed', 'backup.shard.poisoned'],
      ...['backup.prune.refused', 'backup.snapshots.many', 'backup.preflight.finding'],
      ...['backup.verify.mismatch', 'backup.restore.failed', 'backup.drill.failed', 'backup.point.notheld'],
    ]),
  );
});

test('Silence of the app is told by timers that it has', () => {
  const timers = [...(queries.get('app-silent.kql') ?? '').matchAll(/"(\w+)"/gu)].map(([, name]) => name);

  for (const timer of timers) {
    expect(readFileSync(join(projectRoot, `functions/${timer}.ts`), 'utf8')).toContain(`app.timer('${timer}'`);
  }
  expect(timers).not.toEqual([]);
});

/** Names of the properties by event, read from the calls of `telemetry.event` in lib/. */
const sentWith: ReadonlyMap<string, readonly string[]> = readCalls();

function readCalls(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const sources = readdirSync(join(projectRoot, 'lib'), { recursive: true, encoding: 'utf8' });
  for (const path of sources.filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(projectRoot, 'lib', path), 'utf8');
    for (const [, name, end, properties = ''] of text.matchAll(
      /\.event\(\s*(?:'([\w.]+)'|(eventOf)\([^)]*\)),\s*\{([^}]*)\}/gu,
    )) {
      const names = [...properties.matchAll(/(?:^|[{,])\s*(\w+)(?=\s*[:,]|\s*$)/gu)].map(
        ([, property]) => property ?? '',
      );
      const ends = [
        ...['backup.run.completed', 'backup.run.failed', 'backup.run.awaitingapproval', 'backup.run.partial'],
        ...['backup.restore.completed', 'backup.restore.failed', 'backup.verify.completed', 'backup.verify.failed'],
        ...['backup.drill.passed', 'backup.drill.failed'],
      ];
      for (const event of end === undefined ? [name ?? ''] : ends) {
        found.set(event, [...(found.get(event) ?? []), ...names]);
      }
    }
  }
  return found;
}
