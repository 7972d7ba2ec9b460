/** What takes more than one field to check. Looks only at what the schema lets pass, so that nothing is reported twice. */
import { destinationSchema, drillSchema, sourceSchema } from '../model/index.ts';
import type { ConfigProblem } from '../errors.ts';
import { areNested, findScheduleProblem, isTimeZone } from '../plan/index.ts';
import { nearestName } from './nearest-name.ts';
import { formatPath, showValue, valueAt, type FieldPath } from './show-value.ts';

interface Place {
  readonly path: FieldPath;
  readonly role: 'source' | 'destination';
  readonly account: string;
  readonly share: string;
  readonly directory: string;
}

/** `endpoints` names the file service of each account, where it is known: two names may mean the same account. */
export function findCrossProblems(document: unknown, endpoints: ReadonlyMap<string, string>): ConfigProblem[] {
  const jobs = listAt(document, ['jobs']);
  const places = jobs.flatMap((_, index) => placesOf(document, ['jobs', index]));
  return [
    ...duplicateNames(document, ['jobs']),
    ...jobs.flatMap((_, index) => [
      ...duplicateNames(document, ['jobs', index, 'destinations']),
      ...scheduleProblems(document, ['jobs', index]),
    ]),
    ...places.flatMap((place) => unknownAccount(document, place)),
    ...overlaps(places, endpoints),
    ...jobs.flatMap((_, index) => drillProblems(document, ['jobs', index], { places, endpoints })),
  ];
}

function listAt(document: unknown, path: FieldPath): readonly unknown[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value : [];
}

function placesOf(document: unknown, job: FieldPath): readonly Place[] {
  const source = sourceSchema.pick({ account: true, share: true, path: true }).strip();
  const read = (path: FieldPath, role: Place['role']): readonly Place[] => {
    const parsed = source.safeParse(valueAt(document, path));
    return parsed.success
      ? [{ path, role, account: parsed.data.account, share: parsed.data.share, directory: parsed.data.path }]
      : [];
  };
  const destinations = listAt(document, [...job, 'destinations']);
  return [
    ...read([...job, 'source'], 'source'),
    ...destinations.flatMap((_, index) => read([...job, 'destinations', index], 'destination')),
  ];
}

function duplicateNames(document: unknown, list: FieldPath): readonly ConfigProblem[] {
  const seen = new Map<unknown, FieldPath>();
  return listAt(document, list).flatMap((_, index) => {
    const path = [...list, index, 'name'];
    const name = valueAt(document, path);
    const first = seen.get(name);
    if (!destinationSchema.shape.name.safeParse(name).success) return [];
    if (first === undefined) {
      seen.set(name, path);
      return [];
    }
    return [problem(path, name, `is the name of ${formatPath(first.slice(0, -1))} too`, 'Give each its own name.')];
  });
}

function unknownAccount(document: unknown, place: Place): readonly ConfigProblem[] {
  const accounts = valueAt(document, ['accounts']);
  if (typeof accounts !== 'object' || accounts === null || Object.hasOwn(accounts, place.account)) return [];
  const known = Object.keys(accounts);
  const near = nearestName(place.account, known);
  const fix =
    near !== undefined
      ? `Did you mean "${near}"?`
      : `Add it under "accounts", or use one of those defined: ${known.join(', ') || '(none)'}.`;
  return [problem([...place.path, 'account'], place.account, 'names an account that is not defined', fix)];
}

const cronFix = 'Use six fields: second minute hour day month weekday, such as "0 0 */6 * * *".';

function scheduleProblems(document: unknown, job: FieldPath): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const timeZone = valueAt(document, [...job, 'timeZone']);
  if (typeof timeZone === 'string' && timeZone !== '' && !isTimeZone(timeZone)) {
    const fix = 'Use a name of the IANA list, such as Europe/Berlin or UTC.';
    problems.push(problem([...job, 'timeZone'], timeZone, 'is not a known time zone', fix));
  }
  const schedule = valueAt(document, [...job, 'schedule']);
  const wrong = typeof schedule === 'string' && schedule !== '' ? findScheduleProblem(schedule) : undefined;
  if (wrong !== undefined) {
    problems.push(problem([...job, 'schedule'], schedule, `is not a cron expression: ${wrong}`, cronFix));
  }
  return problems;
}

/** The scratch share of a drill holds nothing else; without an account it is in that of each destination. */
function drillProblems(
  document: unknown,
  job: FieldPath,
  { places, endpoints }: { places: readonly Place[]; endpoints: ReadonlyMap<string, string> },
): readonly ConfigProblem[] {
  const path = [...job, 'drill'];
  const parsed = drillSchema.safeParse(valueAt(document, path));
  if (!parsed.success) return [];
  const { account, share, schedule } = parsed.data;
  const wrong = schedule === undefined ? undefined : findScheduleProblem(schedule);
  const serviceOf = (name: string): string => endpoints.get(name) ?? name;
  const destinations = listAt(document, [...job, 'destinations']).map((_, index) =>
    valueAt(document, [...job, 'destinations', index, 'account']),
  );
  const services = (account === undefined ? destinations : [account]).map((name) => serviceOf(String(name)));
  const other = places.find((place) => place.share === share && services.includes(serviceOf(place.account)));
  const place = { path, role: 'destination', account: account ?? '', share, directory: '' } as const;
  return [
    ...(account === undefined ? [] : unknownAccount(document, place)),
    ...(wrong === undefined
      ? []
      : [problem([...path, 'schedule'], schedule, `is not a cron expression: ${wrong}`, cronFix)]),
    ...(other === undefined
      ? []
      : [
          problem(
            [...path, 'share'],
            share,
            `is the share of ${formatPath(other.path)}`,
            'Give drills a share of their own.',
          ),
        ]),
  ];
}

/** Each destination against everything listed before it, and against every source. */
function overlaps(places: readonly Place[], endpoints: ReadonlyMap<string, string>): readonly ConfigProblem[] {
  const keyOf = (place: Place): string => `${endpoints.get(place.account) ?? place.account}/${place.share}`;
  return places.flatMap((place, index) => {
    if (place.role === 'source') return [];
    const other = places.find(
      (candidate, at) =>
        (candidate.role === 'source' || at < index) &&
        candidate !== place &&
        keyOf(candidate) === keyOf(place) &&
        areNested(candidate.directory, place.directory),
    );
    if (other === undefined) return [];
    const fix = 'Give each destination a share, or a directory, that nothing else is written to or read from.';
    const value = { account: place.account, share: place.share, path: `/${place.directory}` };
    return [problem(place.path, value, `overlaps ${formatPath(other.path)}`, fix)];
  });
}

const problem = (path: FieldPath, value: unknown, message: string, fix: string): ConfigProblem => ({
  path: formatPath(path),
  message,
  value: showValue(path, value),
  fix,
});
