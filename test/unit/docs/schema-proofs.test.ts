import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { farshareConfigSchema } from '../../../lib/model/index.ts';
import { schemaProofs } from '../../support/schema-proofs.ts';

const root = join(import.meta.dirname, '../../..');

interface Field {
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: Field | boolean;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
}

/** A string, or the variable that holds it: one field. */
const isSecret = ({ properties }: Field): boolean => Object.keys(properties ?? {}).join() === 'env';

/** The fields that hold a value themselves; of a union with an object, both. */
function leavesOf(field: Field, path: string): readonly string[] {
  const { properties, additionalProperties, items, anyOf } = field;
  if (anyOf !== undefined) {
    const objects = anyOf.filter((option) => option.properties !== undefined && !isSecret(option));
    return [path, ...objects.flatMap((option) => leavesOf(option, path))];
  }
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) =>
      leavesOf(inner, path === '' ? name : `${path}.${name}`),
    );
  }
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0) {
    return leavesOf(additionalProperties, `${path}.NAME`);
  }
  return items?.properties === undefined ? [path] : leavesOf(items, `${path}[]`);
}

const schema = z.toJSONSchema(farshareConfigSchema, { io: 'input' }) as Field;
const leaves = leavesOf(schema, '');

test('every field of farshare.json has a test, and nothing is tested that it does not name', () => {
  expect(leaves.length).toBeGreaterThan(50);
  // A field without a row: add the test that shows what it does to test/support/schema-proofs.ts.
  expect(leaves.toSorted()).toEqual(Object.keys(schemaProofs).toSorted());
});

test.each([...new Set(Object.values(schemaProofs).map((proof) => proof.join('\n')))])('there is %s', (proof) => {
  const [file = '', name = ''] = proof.split('\n');

  expect(existsSync(join(root, file))).toBe(true);
  expect(readFileSync(join(root, file), 'utf8')).toContain(`'${name}'`);
});
