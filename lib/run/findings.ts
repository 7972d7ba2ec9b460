/** What verifications found wrong, kept in the state: files for the next backup to copy again, and restore points that hold them. */
import { FarshareError } from '../errors.ts';
import { type DestinationConfig, isPartial, type JobConfig, type RunRow, type WrongVersion } from '../model/index.ts';
import type { RunContext } from './context.ts';
import type { StateStore } from './ports.ts';
import { keysFrom, runPartition } from './run-state.ts';

const partition = 'verify';
/** Beyond this the next backup copies everything: the paths go into its row. */
const mostCharacters = 100_000;
const mostPoints = 200;

interface Place {
  readonly job: Pick<JobConfig, 'name'>;
  readonly destination: Pick<DestinationConfig, 'name'>;
}

interface RepairRow {
  readonly v: 1;
  readonly runId: string;
  readonly paths: readonly string[];
  /** In dated mode. */
  readonly versions?: readonly WrongVersion[];
  readonly isAll: boolean;
}

const repairKey = ({ job, destination }: Place): string => `${job.name}.${destination.name}.repairs`;
const marksKey = ({ job, destination }: Place): string => `${job.name}.${destination.name}.marks`;

/** What a verification noted; of a difference in a mirror's listing, which the next backup sees itself, the path alone. */
type Mismatch = Pick<WrongVersion, 'path' | 'into'> & Partial<WrongVersion>;

/** Notes for the next backup the files that a verification found to differ in what that backup would not see itself. */
export async function rememberRepairs(context: RunContext, row: RunRow): Promise<void> {
  const known = (await context.state.get<RepairRow>(partition, repairKey(row)))?.value;
  const wrong = knownWrong(known);
  const notes = context.state.list<Mismatch[]>(runPartition(row.runId), keysFrom('n-mismatch-'));
  let characters = 0;
  for await (const { value } of notes) {
    for (const note of value) if (note.sizeBytes !== undefined) addWrong(wrong, note, row.destination);
    characters = [...wrong.keys()].reduce((sum, key) => sum + key.length, 0);
    if (characters > mostCharacters) break;
  }
  if (wrong.size === 0) return;
  const isAll = known?.isAll === true || characters > mostCharacters;
  const found = isAll ? [] : [...wrong.values()];
  const isDated = row.destination.mode === 'dated';
  const files = isDated ? { paths: [], versions: found } : { paths: found.map(({ path }) => path) };
  const value: RepairRow = { v: 1, runId: row.runId, ...files, isAll };
  await context.state.transact(partition, [{ kind: 'upsert', key: repairKey(row), value }]);
}

const knownWrong = (known: RepairRow | undefined): Map<string, WrongVersion> =>
  new Map([...(known?.versions ?? []), ...(known?.paths ?? []).map(asWrong)].map((one) => [keyOf(one), one]));

function addWrong(wrong: Map<string, WrongVersion>, note: Mismatch, { mode }: Pick<DestinationConfig, 'mode'>): void {
  const { path, into, sizeBytes = 0, lastWrite = '' } = note;
  const version = { path, ...(into !== undefined && { into }), sizeBytes, lastWrite };
  const one = mode === 'dated' ? version : asWrong(path);
  wrong.set(keyOf(one), one);
}

/** In a mirror the path says all. */
const asWrong = (path: string): WrongVersion => ({ path, sizeBytes: 0, lastWrite: '' });

/** About as long as what is stored. */
const keyOf = ({ path, into = '', sizeBytes, lastWrite }: WrongVersion): string =>
  [path, into, sizeBytes, lastWrite].join('\n');

/** What a backup is to copy although it looks equal. */
export async function repairsFor(state: StateStore, row: RunRow): Promise<Pick<RunRow, 'repairs' | 'fullDue'>> {
  const held = (await state.get<RepairRow>(partition, repairKey(row)))?.value;
  if (held === undefined) return {};
  const versions = held.versions === undefined ? {} : { versions: [...held.versions] };
  return { repairs: { of: held.runId, paths: [...held.paths], ...versions }, ...(held.isAll && { fullDue: true }) };
}

/** They are in a restore point now, unless one of them failed, or more was found meanwhile. */
export async function settleRepairs(context: RunContext, row: RunRow): Promise<void> {
  const held = (await context.state.get<RepairRow>(partition, repairKey(row)))?.value;
  if (isPartial(row) || row.repairs === undefined || held?.runId !== row.repairs.of) return;
  await context.state.transact(partition, [{ kind: 'delete', key: repairKey(row) }]).catch((error: unknown) => {
    if (!(error instanceof FarshareError) || error.disposition !== 'yield') throw error;
  });
}

interface MarksRow {
  readonly v: 1;
  readonly files: Readonly<Record<string, number>>;
}

/** How many files of a restore point were found to differ; by its snapshot string. */
export const readFindings = async (state: StateStore, place: Place): Promise<MarksRow['files']> =>
  (await state.get<MarksRow>(partition, marksKey(place)))?.value.files ?? {};

/** Marks a restore point, whose metadata cannot be changed; 0 takes the mark away. The newest stay. */
export async function markPoint(context: RunContext, place: Place, snapshot: string, files: number): Promise<void> {
  const known = await readFindings(context.state, place);
  if (known[snapshot] === files || (files === 0 && !(snapshot in known))) return;
  const marked = Object.entries({ ...known, [snapshot]: files }).filter(([, count]) => count > 0);
  const newest = marked.toSorted(([a], [b]) => (a < b ? 1 : -1)).slice(0, mostPoints);
  const value: MarksRow = { v: 1, files: Object.fromEntries(newest) };
  await context.state.transact(partition, [{ kind: 'upsert', key: marksKey(place), value }]);
}
