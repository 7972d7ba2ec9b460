/** What zod found wrong, in our words: field, value and what mends it. */
import { z } from 'zod';
import type { ConfigProblem } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import { formatPath, showValue, valueAt, type FieldPath } from './show-value.ts';

/** The part of a JSON schema that is read here. */
interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Everything that the schema refuses in the document, in the document's order. */
export function findSchemaProblems(schema: z.ZodType, document: unknown): ConfigProblem[] {
  const outcome = schema.safeParse(document);
  if (outcome.success) return [];
  const root = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  return outcome.error.issues.flatMap(meantIssues).flatMap((issue) => issueProblems(issue, document, root));
}

/** Of a union that was given an object: what is wrong with the object, not that it is no string either. */
function meantIssues(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isOtherType = (inner: z.core.$ZodIssue | undefined) =>
    inner?.code === 'invalid_type' && inner.path.length === 0;
  const meant = issue.errors.find((branch) => !isOtherType(branch[0]));
  return meant?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

function issueProblems(issue: z.core.$ZodIssue, document: unknown, root: JsonSchema): ConfigProblem[] {
  const path = issue.path as FieldPath;
  const value = valueAt(document, path);
  const field = schemaAt(root, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField([...path, key], value, field));
  }
  const absent = issue.code === 'invalid_type' && value === undefined;
  return [
    {
      path: formatPath(path),
      message: absent ? 'is required' : messageOf(issue),
      value: showValue(path, value),
      fix: fixOf(issue, path, absent, field),
    },
  ];
}

function messageOf(issue: z.core.$ZodIssue): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others carry our own words from the schema
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return sizeMessage(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return sizeMessage(issue.origin, 'at most', issue.maximum);
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

const article = (type: string): string => {
  const words: Record<string, string> = {
    record: 'an object',
    object: 'an object',
    array: 'a list',
    int: 'a whole number',
  };
  return words[type] ?? `a ${type}`;
};

function sizeMessage(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'string')
    return Number(limit) === 1 ? 'must not be empty' : `must be ${bound} ${limit} characters long`;
  return origin === 'array'
    ? `must have ${bound} ${limit} ${Number(limit) === 1 ? 'member' : 'members'}`
    : `must be ${bound} ${limit}`;
}

function fixOf(issue: z.core.$ZodIssue, path: FieldPath, absent: boolean, field: JsonSchema | undefined): string {
  const meaning = field?.description === undefined ? '' : ` It is: ${field.description}`;
  if (path.length === 0) return 'Write one object with "accounts" and "jobs".';
  if (absent) return `Add the field "${String(path.at(-1))}".${meaning}`;
  if (issue.code === 'invalid_key') return 'Give the account another name.';
  return `Change the value: it ${messageOf(issue)}.${meaning}`;
}

function unknownField(path: FieldPath, parent: unknown, field: JsonSchema | undefined): ConfigProblem {
  const name = String(path.at(-1));
  const known = Object.keys(field?.properties ?? {}).filter((known) => known !== '$schema');
  const near = nearestName(name, known);
  return {
    path: formatPath(path),
    message: 'is an unknown field',
    value: showValue(path, valueAt(parent, [name])),
    fix:
      near === undefined
        ? `Remove it. Known here: ${known.join(', ')}.`
        : `Did you mean "${near}"? Otherwise remove it.`,
  };
}

/** The schema of the field at `path`. */
const schemaAt = (root: JsonSchema, path: FieldPath): JsonSchema | undefined =>
  path.reduce<JsonSchema | undefined>((schema, part) => mergeUnion(memberOf(schema, part)), root);

function memberOf(schema: JsonSchema | undefined, part: string | number): JsonSchema | undefined {
  const member =
    typeof part === 'number' ? schema?.items : (schema?.properties?.[part] ?? schema?.additionalProperties);
  return typeof member === 'object' ? member : undefined;
}

/** Of a union the object is meant, with the description of the whole. */
function mergeUnion(schema: JsonSchema | undefined): JsonSchema | undefined {
  const object = schema?.anyOf?.find((option) => option.properties !== undefined);
  return { ...object, ...schema };
}
