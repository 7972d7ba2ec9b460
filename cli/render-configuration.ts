/**
 * Writes docs/configuration.md and farshare.schema.json from the schemas: `node cli/render-configuration.ts`. A unit test
 * fails while either is stale.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { environmentSchema } from '../lib/config.ts';
import { farshareConfigSchema } from '../lib/model/index.ts';

/** The part of a JSON schema that is rendered. */
interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: Field | boolean;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly required?: readonly string[];
}

const jsonSchema = (schema: z.ZodType): Field => z.toJSONSchema(schema, { io: 'input' }) as Field;

/** JSON schema of farshare.json, for editors. */
const renderSchema = (): string =>
  `${JSON.stringify({ title: 'Farshare configuration', ...jsonSchema(farshareConfigSchema) }, undefined, 2)}\n`;

function renderConfiguration(): string {
  return `# Configuration

Rendered from the schemas by \`node cli/render-configuration.ts\`; change the descriptions there (lib/model/config.ts).

## farshare.json

The path of this file, or the JSON itself, is given with \`--config\` or in \`FARSHARE_CONFIG\`. An unknown field is an error;
all problems are reported at once, each with field, value and fix. A smallest configuration:

\`\`\`json
{
  "$schema": "./farshare.schema.json",
  "accounts": {
    "production": { "fileEndpoint": "https://prodfiles.file.core.windows.net" },
    "vault": { "fileEndpoint": "https://vaultfiles.file.core.windows.net", "sas": { "env": "VAULT_SAS" } }
  },
  "jobs": [
    {
      "name": "finance",
      "schedule": "0 0 */6 * * *",
      "timeZone": "Europe/Berlin",
      "source": { "account": "production", "share": "finance" },
      "destinations": [{ "name": "west", "account": "vault", "share": "finance", "keep": { "last": 7, "daily": 30 } }]
    }
  ]
}
\`\`\`

${table(fieldRows(jsonSchema(farshareConfigSchema), ''), ['Field', 'Value', 'Default', 'Meaning'])}
Durations are ISO 8601 (\`P90D\`, \`PT1H\`). Two destinations must not overlap, nor a destination and a source.

**Schedules** have six fields: second, minute, hour, day of the month, month, day of the week. A job that never ran is due at
once. However many times were missed, one run makes up for them. A time in an hour that daylight saving skips comes at the
first minute after it, a time in a repeated hour comes once; a schedule with \`*\` for the hour keeps its rhythm.

**Patterns** are \`/\`-separated and case-insensitive. \`*\` and \`?\` stay within a name, \`**\` stands for any number of
directories (\`**/*.tmp\` also matches at the root). A pattern that matches a directory covers what is beneath. What is excluded
is left alone at the destination: neither deleted nor updated nor counted by the guard. Selected again, a file is copied whole once.

**Keep rules** are ORed. Only periods that have a point count, the newest of each stays, and the oldest too while a count is
not used up. An absent or empty rule keeps everything.

## App settings

${table(settingRows(), ['Setting', 'Value', 'Default', 'Meaning'])}`;
}

type Row = readonly [name: string, value: string, fallback: string, meaning: string];

const table = (rows: readonly Row[], head: Row): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(escapeCell).join(' | ')} |\n`).join('');

const escapeCell = (cell: string): string => cell.replaceAll('|', '\\|');

function fieldRows(object: Field, prefix: string): readonly Row[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const isRequired = object.required?.includes(name) === true;
    return [rowOf(path, field, isRequired), ...rowsBeneath(field, path)];
  });
}

function rowsBeneath(field: Field, path: string): readonly Row[] {
  const own = field.anyOf?.find((option) => option.properties !== undefined) ?? field;
  // A secret's two forms are told in its description.
  if (own.properties?.['env'] !== undefined) return [];
  const beneath = typeof own.additionalProperties === 'object' ? own.additionalProperties : undefined;
  return [
    ...fieldRows(own, `${path}.`),
    ...(own.items === undefined ? [] : fieldRows(own.items, `${path}[].`)),
    ...(beneath === undefined ? [] : fieldRows(beneath, `${path}.NAME.`)),
  ];
}

const rowOf = (path: string, field: Field, isRequired: boolean): Row => [
  `\`${path}\``,
  valueOf(field),
  isRequired ? 'required' : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``,
  field.description ?? '',
];

function valueOf(field: Field): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.anyOf !== undefined) return field.anyOf.map(valueOf).join(' or ');
  if (field.type === 'array') return `list of ${valueOf(field.items ?? {})}`;
  const isBounded = field.minimum !== undefined && field.maximum !== undefined && field.maximum < 1e9;
  return `${field.type ?? 'any'}${isBounded ? ` ${field.minimum}–${field.maximum}` : ''}`;
}

const settingRows = (): readonly Row[] => fieldRows(jsonSchema(environmentSchema), '');

/** The rendered files, laid out as the formatter wants them, by their path in the repository. */
export async function renderFiles(): Promise<Readonly<Record<string, string>>> {
  // A tool of development: it is not there in the deployed app, which never comes here.
  const { format } = await import('oxfmt');
  const layOut = async (path: string, text: string) => (await format(path, text, { printWidth: 120 })).code;
  return {
    'docs/configuration.md': await layOut('configuration.md', renderConfiguration()),
    'farshare.schema.json': await layOut('farshare.schema.json', renderSchema()),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, text] of Object.entries(await renderFiles())) {
    await writeFile(new URL(`../${path}`, import.meta.url), text);
  }
}
