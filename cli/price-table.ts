import type { FarshareError } from '../lib/errors.ts';
import { ConfigurationError } from '../lib/errors.ts';
import { type PriceTable, priceTableSchema } from '../lib/model/index.ts';
import prices from './prices.json' with { type: 'json' };

/** The table of this build, or the one of the file given. */
export async function readPriceTable(
  path: string | undefined,
  readFile: (path: string) => Promise<string>,
): Promise<PriceTable> {
  if (path === undefined) return priceTableSchema.parse(prices);
  const parsed = priceTableSchema.safeParse(await readJson(path, readFile));
  if (parsed.success) return parsed.data;
  throw refused(
    path,
    parsed.error.issues.map((issue) => `${issue.path.join('.') || '$'}: ${issue.message}`).join('; '),
  );
}

async function readJson(path: string, readFile: (path: string) => Promise<string>): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path));
  } catch (error) {
    throw refused(path, error instanceof SyntaxError ? 'is not JSON' : 'cannot be read');
  }
}

const refused = (path: string, message: string): FarshareError =>
  new ConfigurationError(`The price table ${path} cannot be used: ${message}.`, [
    { path, message, value: JSON.stringify(path), fix: 'Write it as cli/prices.json of this version is written.' },
  ]);
