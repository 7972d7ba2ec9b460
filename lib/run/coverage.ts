/** How much of a destination has been read back and compared: kept in the state, begun anew where that is lost. */
import type { RunRow } from '../model/index.ts';
import { nextSlot, sampleSlots, type SampleSlot } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import type { StateStore } from './ports.ts';

const partition = 'verify';

interface CoverageRow {
  readonly v: 1;
  readonly lastRun: string;
  readonly slots: number;
  /** So many slots were gone over, one after the other; at most `slots`. */
  readonly covered: number;
  /** The last of them. */
  readonly slot?: number;
}

const keyOf = (job: string, destination: string): string => `${job}.${destination}`;

const readCoverage = async (state: StateStore, job: string, destination: string): Promise<CoverageRow | undefined> =>
  (await state.get<CoverageRow>(partition, keyOf(job, destination)))?.value;

/** 0 to 100; null as long as nothing has been compared. */
export async function coveredPercent(state: StateStore, job: string, destination: string): Promise<number | null> {
  const row = await readCoverage(state, job, destination);
  return row === undefined ? null : Math.round((1000 * row.covered) / row.slots) / 10;
}

/** The slot that a verification of its own takes: ten times what a backup looks at, and a tenth at least. */
export async function nextFullerSlot(state: StateStore, row: RunRow): Promise<SampleSlot> {
  const { job, destination } = row;
  const percent = Math.min(100, Math.max(10, 10 * job.verify.samplePercent));
  const held = await state.get<SampleSlot>(partition, `${keyOf(job.name, destination.name)}.slot`);
  const taken = nextSlot(percent, held?.value) ?? { slot: 0, slots: 1 };
  await state.transact(partition, [{ kind: 'upsert', key: `${keyOf(job.name, destination.name)}.slot`, value: taken }]);
  return taken;
}

/**
 * Counts the slot that a run has gone over; once, however often it is told. A verification of its own counts only where it looked
 * at everything: its slots are others.
 */
export async function rememberCoverage(context: RunContext, row: RunRow, sample: SampleSlot): Promise<void> {
  const { job, destination, runId, kind } = row;
  if (kind === 'verify' && sample.slots > 1) return;
  const known = await readCoverage(context.state, job.name, destination.name);
  if (known?.lastRun === runId) return;
  const slots = kind === 'verify' ? Math.max(1, sampleSlots(job.verify.samplePercent)) : sample.slots;
  const covered = kind === 'verify' ? slots : coveredWith(sample, known);
  const value: CoverageRow = { v: 1, lastRun: runId, slots, covered, slot: sample.slot };
  const key = keyOf(job.name, destination.name);
  await context.state.transact(partition, [{ kind: 'upsert', key, value }]);
}

/** Nothing of what was compared is there any more. */
export async function forgetCoverage(state: StateStore, { job, destination }: RunRow): Promise<void> {
  const key = keyOf(job.name, destination.name);
  if ((await state.get(partition, key)) !== undefined) await state.transact(partition, [{ kind: 'delete', key }]);
}

/** After a slot that was not gone over to its end it is counted anew: those before it and those after it are not all until its turn. */
function coveredWith({ slot, slots }: SampleSlot, known: CoverageRow | undefined): number {
  if (known?.slots !== slots) return 1;
  if (known.covered === slots || known.slot === slot) return known.covered;
  return known.slot !== undefined && (known.slot + 1) % slots === slot ? known.covered + 1 : 1;
}
