import type { ConfigProblem } from '../errors.ts';
import { formatPath, showValue, type FieldPath } from './show-value.ts';

/** `*` stands for every member of a list. */
interface LaterField {
  readonly path: FieldPath;
  /** What may be written all the same: what this version does anyway. */
  readonly accepted: readonly unknown[];
}

/**
 * Fields whose behaviour comes with a later version, and which would change what is backed up, deleted or reported if they
 * were passed over in silence. Limits and tuning that this version does not use (`verify`) are
 * not listed: without them the backup is the same.
 */
export const notYetAvailable: readonly LaterField[] = [{ path: ['jobs', '*', 'drill'], accepted: [] }];

/** One problem for each field of the table that is set to something else than it accepts. */
export const findNotYetAvailable = (document: unknown): ConfigProblem[] =>
  notYetAvailable.flatMap((field) =>
    valuesAt(document, field.path)
      .filter(({ value }) => !field.accepted.includes(value))
      .map(({ path, value }) => ({
        path: formatPath(path),
        message: 'is not available in this version',
        value: showValue(path, value),
        fix:
          field.accepted.length === 0
            ? 'Remove the field.'
            : `Remove the field, or set it to ${JSON.stringify(field.accepted[0])}.`,
      })),
  );

interface Found {
  readonly path: FieldPath;
  readonly value: unknown;
}

const valuesAt = (document: unknown, path: FieldPath): readonly Found[] =>
  path.reduce<readonly Found[]>(
    (found, part) => found.flatMap((place) => membersOf(place, part)),
    [{ path: [], value: document }],
  );

function membersOf({ path, value }: Found, part: string | number): readonly Found[] {
  if (typeof value !== 'object' || value === null) return [];
  const names = part !== '*' ? [part] : Array.isArray(value) ? value.map((_, index) => index) : [];
  return names
    .filter((name) => Object.hasOwn(value, name))
    .map((name) => ({ path: [...path, name], value: (value as Record<string | number, unknown>)[name] }));
}
