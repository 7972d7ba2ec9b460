import { expect, test } from 'vitest';
import type { ConformingApi } from './conforming-api.ts';
import { type Operation, operations } from './openapi.ts';

interface Running {
  readonly api: ConformingApi;
  readonly url: string;
  readonly key: string;
}

const takesBody = ({ requestBody }: Operation): boolean => requestBody !== undefined;
const isKeyed = ({ security }: Operation): boolean => security?.length !== 0;

const isNamed = ({ path }: Operation): boolean => path.includes('{');
const idsWhere = (applies: (operation: Operation) => boolean): string[] =>
  operations.filter(applies).map(({ operationId }) => operationId);

/** What every operation refuses: strangers, strange parameters and bodies, hostile names, other methods. */
export function describeRefusals(running: () => Running): void {
  test.for(idsWhere(isKeyed))('%s refuses who has no key, or another', async (id) => {
    expect((await running().api.ask(id, { headers: { 'x-functions-key': '' } })).status).toBe(401);
    expect((await running().api.ask(id, { headers: { 'x-functions-key': 'wrong' } })).status).toBe(401);
  });

  test.for(idsWhere(isKeyed))('%s refuses parameters that it does not have, and those given twice', async (id) => {
    expect(await running().api.refusal(id, { query: 'colour=red' })).toBe('400 InvalidRequest');
    expect(await running().api.refusal(id, { query: 'path=a&path=b' })).toBe('400 InvalidRequest');
  });

  test.for(idsWhere(takesBody))(
    '%s refuses bodies that are no JSON, no object, too large or of strange fields',
    async (id) => {
      for (const body of [
        '{',
        '[]',
        '"text"',
        'null',
        { strange: 1 },
        '{"__proto__":{"dryRun":true}}',
        ' '.repeat(100_001),
      ]) {
        expect([body, await running().api.refusal(id, { body })]).toEqual([body, '400 InvalidRequest']);
      }
      for (const value of ['', 'a b', 'x'.repeat(201)]) {
        expect(await running().api.refusal(id, { body: {}, headers: { 'idempotency-key': value } })).toBe(
          '400 InvalidRequest',
        );
      }
    },
  );

  test.for(idsWhere(isNamed))('%s answers hostile names as names that are not there', async (id) => {
    const names = ['../../etc/passwd', "x' or PartitionKey ne '", '__proto__', 'x'.repeat(300), '<script>', '\u202e'];
    for (const name of names) {
      const path = { job: name, runId: name, restoreId: name, snapshot: name };
      const query = id === 'list-versions' ? 'path=x' : '';
      expect((await running().api.ask(id, { path, query })).status).toBe(404);
    }
  });

  test.for(operations)('$operationId is not answered to other methods', async (operation) => {
    const known = new Set(operations.filter(({ path }) => path === operation.path).map(({ method }) => method));
    const url = `${running().url}${operation.path.replaceAll(/\{\w+\}/gu, 'x')}`;
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !known.has(one))) {
      const response = await fetch(url, { method, headers: { 'x-functions-key': running().key } });
      expect([method, response.status, await response.text()]).toEqual([method, 404, '']);
    }
  });
}
