/** As much of JSON Schema as docs/openapi.yaml uses; an unknown keyword throws, so that nothing passes unread. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly allOf?: readonly Schema[];
}

const known = new Set([
  ...['$ref', 'type', 'const', 'enum', 'pattern', 'required', 'properties', 'additionalProperties', 'items'],
  ...['maxItems', 'allOf', 'description', 'format'],
]);

export type Resolve = (ref: string) => Schema;

/** Where and how the value is not what the schema says; empty = it is. */
export function schemaProblems(value: unknown, schema: Schema, resolve: Resolve, at = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !known.has(keyword));
  if (unknown.length > 0) throw new Error(`schema-check does not know ${unknown.join(', ')}`);
  const parts = [...(schema.allOf ?? []), ...(schema.$ref === undefined ? [] : [resolve(schema.$ref)])];
  return [
    ...parts.flatMap((part) => schemaProblems(value, part, resolve, at)),
    ...valueProblems(value, schema).map((problem) => `${at}: ${problem}`),
    ...memberProblems(value, schema, resolve, at),
  ];
}

function valueProblems(value: unknown, schema: Schema): string[] {
  const types = [schema.type ?? []].flat();
  const allowed = 'const' in schema ? [schema.const] : (schema.enum ?? [value]);
  const tooMany = Array.isArray(value) && value.length > (schema.maxItems ?? Infinity);
  const checks: readonly (readonly [boolean, string])[] = [
    [types.length === 0 || types.some((type) => hasType(value, type)), `is not ${types.join(' or ')}`],
    [allowed.includes(value), `is not ${allowed.join(' or ')}`],
    [new RegExp(schema.pattern ?? '', 'u').test(String(value)), `does not match ${schema.pattern}`],
    [!tooMany, 'has too many items'],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function memberProblems(value: unknown, schema: Schema, resolve: Resolve, at: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return [];
    return value.flatMap((item, index) => schemaProblems(item, items, resolve, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const { required = [], properties = {}, additionalProperties = true } = schema;
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}: lacks ${name}`);
  return [
    ...missing,
    ...Object.entries(value).flatMap(([name, member]) => {
      const described =
        properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (described !== undefined) return schemaProblems(member, described, resolve, `${at}.${name}`);
      return additionalProperties === false ? [`${at}: has ${name}, which is not described`] : [];
    }),
  ];
}
