/** What verifications found wrong, kept in the state: files for the next backup to copy again, and restore points that hold them. */
import { FarshareError } from '../errors.ts';
import type { DestinationConfig, JobConfig, RunRow } from '../model/index.ts';
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
  readonly isAll: boolean;
}

const repairKey = ({ job, destination }: Place): string => `${job.name}.${destination.name}.repairs`;
const marksKey = ({ job, destination }: Place): string => `${job.name}.${destination.name}.marks`;

/** Notes for the next backup the files whose content a verification found to differ. What differs in listings it sees itself. */
export async function rememberRepairs(context: RunContext, row: RunRow): Promise<void> {
  if (row.destination.mode !== 'mirror') return;
  const known = (await context.state.get<RepairRow>(partition, repairKey(row)))?.value;
  const paths = new Set(known?.paths);
  const notes = context.state.list<{ path: string; sizeBytes?: number }[]>(
    runPartition(row.runId),
    keysFrom('n-mismatch-'),
  );
  let characters = 0;
  for await (const { value } of notes) {
    for (const { path, sizeBytes } of value) if (sizeBytes !== undefined) paths.add(path);
    characters = [...paths].reduce((sum, path) => sum + path.length, 0);
    if (characters > mostCharacters) break;
  }
  if (paths.size === 0) return;
  const isAll = known?.isAll === true || characters > mostCharacters;
  const value: RepairRow = { v: 1, runId: row.runId, paths: isAll ? [] : [...paths], isAll };
  await context.state.transact(partition, [{ kind: 'upsert', key: repairKey(row), value }]);
}

/** What a backup is to copy although it looks equal. */
export async function repairsFor(state: StateStore, row: RunRow): Promise<Pick<RunRow, 'repairs' | 'fullDue'>> {
  const held = (await state.get<RepairRow>(partition, repairKey(row)))?.value;
  if (held === undefined) return {};
  return { repairs: { of: held.runId, paths: [...held.paths] }, ...(held.isAll && { fullDue: true }) };
}

/** They are in a restore point now, unless more was found meanwhile. */
export async function settleRepairs(context: RunContext, row: RunRow): Promise<void> {
  const held = (await context.state.get<RepairRow>(partition, repairKey(row)))?.value;
  if (row.repairs === undefined || held?.runId !== row.repairs.of) return;
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
