/** docs/openapi.yaml as a judge: what it says of an answer, and which of its answers have been met. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

export interface Response {
  readonly $ref?: string;
  readonly 'x-codes'?: readonly string[];
  readonly headers?: Readonly<Record<string, { readonly $ref?: string; readonly schema?: Json }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: Json }>>;
}

export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
}

export interface Operation {
  readonly operationId: string;
  readonly path: string;
  readonly method: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Json;
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, Response>>;
}

const text = readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8');
export const openapiText = text;
const document = parse(text);

/** Every operation of the document, with its path and method. */
export const operations: readonly Operation[] = Object.entries(
  document.paths as Record<string, Record<string, Operation>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
);

/** What `#/components/…` names, or the value itself when it is no reference. */
export function resolve<T extends { readonly $ref?: string }>(value: T): T {
  if (value.$ref === undefined) return value;
  const found = value.$ref
    .replace('#/', '')
    .split('/')
    .reduce((node: Json | undefined, name) => node?.[name] as Json | undefined, document);
  if (found === undefined) throw new Error(`docs/openapi.yaml has no ${value.$ref}`);
  return found as unknown as T;
}

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false });
addFormats.default(ajv);
const localized = (schema: unknown): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'openapi#/$defs/')) as Json;
ajv.addSchema({ $id: 'openapi', $defs: localized(document.components.schemas) });
const compiled = new Map<string, ValidateFunction>();

/** Where and how a value is not what the schema says; none = it is. An unknown keyword of a schema throws. */
export function schemaProblems(value: unknown, schema: unknown): readonly string[] {
  const key = JSON.stringify(schema);
  const validate = compiled.get(key) ?? ajv.compile(localized(schema));
  compiled.set(key, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : '';
    return `$${instancePath.replaceAll('/', '.')}: ${message}${extra}`;
  });
}

export const namedSchema = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const schemaOf = (
  name: string,
): { readonly properties?: Json; readonly required?: readonly string[]; readonly enum?: readonly string[] } =>
  document.components.schemas[name];

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How the answer departs from what the operation's documentation says; none = it is as documented. */
export function answerProblems(operation: Operation, answer: WireAnswer): readonly string[] {
  const documented = operation.responses[String(answer.status)];
  if (documented === undefined) return [`status ${answer.status} is not documented`];
  const response = resolve(documented);
  return [...contentProblems(response, answer), ...headerProblems(response, answer), ...codeProblems(response, answer)];
}

function contentProblems({ content }: Response, { headers, text: body }: WireAnswer): readonly string[] {
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  if (content === undefined) return body === '' ? [] : [`a body of ${type}, where none is documented`];
  const media = content[type];
  if (media === undefined) return [`content type ${type} is not documented`];
  if (media.schema === undefined || !type.endsWith('json')) return [];
  return schemaProblems(JSON.parse(body), media.schema);
}

function headerProblems(response: Response, { headers }: WireAnswer): readonly string[] {
  return Object.entries(response.headers ?? {}).flatMap(([name, header]) => {
    const value = headers.get(name);
    // Of the documented ones only Retry-After depends: it is there while asking again is worth it.
    if (value === null) return name === 'Retry-After' ? [] : [`lacks the header ${name}`];
    return schemaProblems(value, resolve(header).schema ?? {}).map((problem) => `${name}: ${problem}`);
  });
}

function codeProblems(response: Response, { headers, text: body }: WireAnswer): readonly string[] {
  const codes = response['x-codes'];
  if (codes === undefined || headers.get('content-type') !== 'application/problem+json') return [];
  const { code } = JSON.parse(body) as { code: string };
  return codes.includes(code) ? [] : [`code ${code} is not documented for it`];
}
