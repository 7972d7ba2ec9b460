/** The check before runs, told as events: at the app's start, and once a day, for settings and secrets change meanwhile. */
import { createHash } from 'node:crypto';
import { asFarshareError } from '../errors.ts';
import { isLoopback, type JobConfig } from '../model/index.ts';
import { judgeJob } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { preflight } from './preflight.ts';

const partition = 'preflight';
const againMs = 24 * 60 * 60 * 1000;
/** Instances that start one after the other do not each ask everything. */
const startsApartMs = 10 * 60 * 1000;

interface Told {
  readonly v: 1;
  readonly atMs: number;
}

const nextLookMs = new WeakMap<RunContext, number>();

/** Never throws: an app that backs up is worth more than one that knows why it might not. */
export async function tellPreflight(context: RunContext, jobs: readonly JobConfig[]): Promise<void> {
  const now = context.clock.now();
  const due = nextLookMs.get(context);
  if (due !== undefined && now < due) return;
  nextLookMs.set(context, now + againMs);
  try {
    if (await claim(context, jobs, due === undefined ? startsApartMs : againMs)) await tell(context, jobs);
  } catch (error) {
    const { code, message } = asFarshareError(error);
    const properties = {
      severity: 'warning',
      code: 'CheckFailed',
      message: `${code}: ${message}`,
      fix: 'farshare check',
    };
    context.telemetry.event('backup.preflight.finding', properties);
  }
}

/** Whether this instance is to do it: nobody else has for this configuration, `apartMs` ago or later. */
async function claim(context: RunContext, jobs: readonly JobConfig[], apartMs: number): Promise<boolean> {
  const key = createHash('sha256').update(JSON.stringify(jobs)).digest('hex').slice(0, 32);
  const row = await context.state.get<Told>(partition, key);
  const now = context.clock.now();
  if (row !== undefined && now - row.value.atMs < apartMs) return false;
  const value: Told = { v: 1, atMs: now };
  try {
    await context.state.transact(partition, [
      row === undefined ? { kind: 'insert', key, value } : { kind: 'update', key, value, etag: row.etag },
    ]);
    return true;
  } catch (error) {
    if (asFarshareError(error).code === 'StateConflict') return false;
    throw error;
  }
}

/** Jobs of an emulator are judged by their configuration alone: whoever tries the app there counts its requests. */
const isLocal = ({ accounts }: RunContext, { source, destinations }: JobConfig): boolean =>
  [source, ...destinations].some(({ account }) => isLoopback(accounts?.access[account]?.endpoint ?? 'https://unknown'));

async function tell(context: RunContext, jobs: readonly JobConfig[]): Promise<void> {
  const local = jobs.filter((job) => isLocal(context, job));
  const findings = [
    ...local.flatMap((job) => judgeJob(job, context.clock.now())),
    ...(await preflight(
      context,
      jobs.filter((job) => !local.includes(job)),
    )),
  ];
  for (const { severity, code, message, fix } of findings.filter((finding) => finding.severity !== 'info')) {
    context.telemetry.event('backup.preflight.finding', { severity, code, message, fix });
  }
  const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;
  context.telemetry.event('backup.preflight.completed', { errors: count('error'), warnings: count('warning') });
}
