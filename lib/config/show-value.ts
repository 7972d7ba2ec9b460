/** A value of the configuration as it may be shown in a problem: never a secret, never long. */

/** A place in the document: `['jobs', 0, 'name']`. */
export type FieldPath = readonly (string | number)[];

const secretName = /key|secret|sas|token|password|signature|connection|credential|webhook|proxy/iu;
const secretText = /sig=|AccountKey=|SharedAccessSignature|:\/\/[^/@]*@/iu;
const longestShown = 120;

/** `jobs[0].source.share`; `$` for the document itself. */
export const formatPath = (path: FieldPath): string =>
  path.length === 0 ? '$' : path.map(formatPart).join('').replace(/^\./u, '');

const formatPart = (part: string | number): string =>
  typeof part === 'number' ? `[${part}]` : /^[\w$]+$/u.test(part) ? `.${part}` : `["${part}"]`;

/** The value at `path`, `undefined` where there is none. */
export function valueAt(document: unknown, path: FieldPath): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/**
 * JSON text of the value. Whatever stands in the accounts is taken for a secret, but for endpoints, ids in Azure and names of variables; so is what has
 * the name or the look of one.
 */
export function showValue(path: FieldPath, value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  const insideAccount = path[0] === 'accounts' && !['fileEndpoint', 'env', 'resourceId'].includes(String(path.at(-1)));
  const named = path.some((part) => typeof part === 'string' && path[0] !== 'accounts' && secretName.test(part));
  if (insideAccount || named || secretText.test(text) || holdsSecretName(value)) return '(secret)';
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function holdsSecretName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => secretName.test(name) || holdsSecretName(inner));
}
