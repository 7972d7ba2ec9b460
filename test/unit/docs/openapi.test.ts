import { readdirSync, readFileSync } from 'node:fs';
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { beforeAll, describe, expect, test } from 'vitest';
import { answering } from '../../../functions/shared/http.ts';
import { FarshareError } from '../../../lib/errors.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import {
  countsSchema,
  failureSchema,
  farshareConfigSchema,
  type RunReport,
  type RunRow,
  runStatusSchema,
} from '../../../lib/model/index.ts';
import { buildReport } from '../../../lib/run/run-report.ts';
import { namedSchema, openapiText, operations, resolve, schemaOf, schemaProblems } from '../../support/openapi.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const problemsOf = (value: unknown, schema: string): readonly string[] => schemaProblems(value, namedSchema(schema));

/** `app.http(name, { route, methods, authLevel })` of every file: outside the host the library registers nothing. */
function httpFunctions() {
  return readdirSync(new URL('functions/', root))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      read(`functions/${file}`)
        .split(/\bapp\.(?=http\b|get\b|post\b|put\b|patch\b|deleteRequest\b)/u)
        .slice(1),
    )
    .flatMap((text) => {
      const field = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
      const methods = field(/methods: \[([^\]]*)\]/u).matchAll(/'([A-Z]+)'/gu);
      const common = {
        name: field(/^http\('([^']+)'/u),
        path: `/api/${field(/route: '([^']+)'/u)}`,
        // What is guarded asks for a key, or for somebody signed in.
        authLevel: text.includes('...guarded(') ? 'function' : field(/authLevel: '(\w+)'/u),
      };
      return [...methods].map(([, method = '']) => ({ ...common, method }));
    });
}

describe('docs/openapi.yaml', () => {
  test('describes every HTTP function, and nothing else', () => {
    const described = operations.map(({ operationId, method, path }) => `${operationId} ${method} ${path}`);
    const built = httpFunctions().map(({ name, method, path }) => `${name} ${method} ${path}`);

    expect(built.length).toBeGreaterThanOrEqual(4);
    expect(described.toSorted()).toEqual(built.toSorted());
  });

  test('asks for a key where the function does', () => {
    for (const { path, method, authLevel } of httpFunctions()) {
      const operation = operations.find((one) => one.path === path && one.method === method);
      const isOpen = operation?.security?.length === 0;

      expect([path, isOpen]).toEqual([path, authLevel === 'anonymous']);
      expect([path, '401' in (operation?.responses ?? {})]).toEqual([path, !isOpen]);
    }
  });

  test('names each code that has a status of its own, under that status', () => {
    const described = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, response]) =>
        (resolve(response)['x-codes'] ?? []).map((code) => `${code} ${status}`),
      ),
    );
    const table = /statuses[^=]*= \{([^}]*)\}/u.exec(read('functions/shared/http.ts'))?.[1] ?? '';
    const built = [...table.matchAll(/(\w+): (\d+)/gu)].map(([, code, status]) => `${code} ${status}`);

    expect(built.length).toBeGreaterThan(0);
    expect([...new Set(described)].toSorted()).toEqual(built.toSorted());
  });

  test('has every reference that it uses', () => {
    const references = [...openapiText.matchAll(/\$ref: '(#\/[^']+)'/gu)].map(([, $ref = '']) => $ref);

    expect(references.length).toBeGreaterThan(50);
    for (const $ref of references) expect([$ref, typeof resolve({ $ref })]).toEqual([$ref, 'object']);
  });

  test('describes the problem that is answered', async () => {
    const handler = answering(async () => {
      throw new FarshareError('RunNotFound', 'There is no run x.', { disposition: 'run' });
    });

    const { status, headers, body } = (await handler({} as HttpRequest, {} as InvocationContext)) as HttpResponseInit;

    expect([status, headers]).toMatchObject([404, { 'content-type': 'application/problem+json' }]);
    expect(problemsOf(JSON.parse(body as string), 'Problem')).toEqual([]);
  });
});

describe('the schema of a report', () => {
  const report = 'RunReport';
  let ended: RunReport;
  let waiting: RunReport;

  beforeAll(async () => {
    const state = openLocalState(':memory:');
    ended = await buildReport(state, endedRow);
    waiting = await buildReport(state, waitingRow);
    state.close();
  });

  test('is that of reports which the engine builds', () => {
    expect(problemsOf(waiting, report)).toEqual([]);
    expect(problemsOf(ended, report)).toEqual([]);
    expect(Object.keys(schemaOf('RunReport').properties ?? {}).toSorted()).toEqual(Object.keys(fields).toSorted());
    expect(problemsOf({ items: [ended], next: null }, 'RunPage')).toEqual([]);
  });

  test('names the counts, the parts of a failure and the statuses of lib/model', () => {
    expect(schemaOf('Counts').required).toEqual(Object.keys(countsSchema.shape));
    expect(schemaOf('Failure').required).toEqual(Object.keys(failureSchema.shape));
    expect(schemaOf('RunStatus').enum).toEqual(runStatusSchema.options);
  });

  test('refuses what is not a report', () => {
    const { job: _job, ...withoutJob } = ended;

    expect(problemsOf(withoutJob, report)).toEqual(["$: must have required property 'job'"]);
    expect(problemsOf({ ...ended, more: 1 }, report)).toEqual(['$: must NOT have additional properties (more)']);
    expect(problemsOf({ ...ended, counts: { ...ended.counts, files: '1' } }, report)).toEqual([
      '$.counts.files: must be integer',
    ]);
    expect(problemsOf({ ...ended, startedAt: 'yesterday' }, report)).toEqual([
      '$.startedAt: must match format "date-time"',
    ]);
  });
});

/** Every field that a report may have; the compiler keeps the list whole. */
const fields: Record<keyof RunReport, true> = {
  ...{ runId: true, kind: true, job: true, destination: true, mode: true, dryRun: true, status: true },
  ...{ sourceSnapshot: true, restorePoint: true, complete: true, startedAt: true, endedAt: true, counts: true },
  ...{ bytes: true, requests: true, verification: true, failures: true, retryOf: true, approvalOf: true, next: true },
  ...{ waiting: true, guard: true, restore: true },
};

const { jobs } = farshareConfigSchema.parse({
  accounts: { a: { connectionString: 'x' } },
  jobs: [
    {
      name: 'docs',
      source: { account: 'a', share: 'source' },
      destinations: [{ name: 'west', account: 'a', share: 'destination' }],
    },
  ],
});

const waitingRow = {
  v: 1,
  kind: 'backup',
  runId: 'docs-west-20261122t030000z-0a1b2c',
  job: jobs[0],
  destination: jobs[0]?.destinations[0],
  status: 'queued',
  phase: 'preparing',
  dryRun: false,
  createdAtMs: Date.UTC(2026, 10, 22, 3),
  passRoot: 1,
  guard: [],
  errors: [],
} as unknown as RunRow;

const endedRow: RunRow = {
  ...waitingRow,
  status: 'failed',
  phase: 'done',
  endedAtMs: Date.UTC(2026, 10, 22, 4),
  sourceSnapshot: '2026-11-22T03:00:01.0000000Z',
  failedEntries: 1,
  restorePoint: '2026-11-22T03:59:01.0000000Z',
  retryOf: 'docs-west-20261122t020000z-0a1b2d',
  approval: { of: 'docs-west-20261122t020000z-0a1b2d', toDelete: 1, toOverwrite: 0, changed: 0 },
  next: 'docs-west-20261122t040000z-0a1b2e',
  restore: {
    ...{ point: '2026-11-21T03:59:01.0000000Z', time: '2026-11-21T03:00:00.000Z', mode: 'mirror', paths: ['a/**'] },
    ...{ onConflict: 'skip', asked: '', made: false, safety: '2026-11-22T03:00:01.0000000Z' },
  },
  guard: ['3 of 4 entries would be deleted, more than 25 %.'],
  errors: [{ path: '', operation: 'CopyFile', code: 'ShareNotFound', message: 'The share is gone.' }],
};
