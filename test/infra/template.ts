/** The template as these tests ask for it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BicepObject, type BicepValue, type Declaration, readBicep } from './bicep.ts';

export const projectRoot = join(import.meta.dirname, '../..');
export const infra = join(projectRoot, 'infra');

/** All Bicep files, by their path in infra/. */
export const files: ReadonlyMap<string, readonly Declaration[]> = new Map(
  readdirSync(infra, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.bicep'))
    .map((path) => [path, readBicep(join(infra, path))]),
);

export function declarationsOf(file: string): readonly Declaration[] {
  const declarations = files.get(file);
  if (declarations === undefined) throw new Error(`there is no infra/${file}`);
  return declarations;
}

export function declared(file: string, kind: Declaration['kind'], symbol: string): Declaration {
  const found = declarationsOf(file).find((one) => one.kind === kind && one.symbol === symbol);
  if (found === undefined) throw new Error(`infra/${file} has no ${kind} ${symbol}`);
  return found;
}

/** Bodies of the resources that some file deploys, by type without its version; of a loop, the body of the loop. */
export function resourcesOf(type: string): readonly { readonly file: string; readonly body: BicepObject }[] {
  return [...files].flatMap(([file, declarations]) =>
    declarations
      .filter(({ kind, what, isExisting }) => kind === 'resource' && !isExisting && what.split('@')[0] === type)
      .map(({ value }) => ({ file, body: asObject(Array.isArray(value) ? value[0] : value) })),
  );
}

export function asObject(value: BicepValue | undefined): BicepObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  }
  return value as BicepObject;
}

export const asArray = (value: BicepValue | undefined): readonly BicepValue[] => {
  if (!Array.isArray(value)) throw new TypeError(`not an array: ${JSON.stringify(value)}`);
  return value as readonly BicepValue[];
};

export const asNames = (value: BicepValue | undefined): readonly string[] =>
  asArray(value).map((name) => {
    if (typeof name !== 'string') throw new TypeError(`not a string: ${JSON.stringify(name)}`);
    return name;
  });
