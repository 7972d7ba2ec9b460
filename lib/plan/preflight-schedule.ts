/** Whether a job's schedule and retention do what somebody who wrote them wants. No request is needed to tell. */
import type { Finding, JobConfig, KeepRule } from '../model/index.ts';
import { parseDuration, subtractDuration } from './calendar.ts';
import { isEmptyRule } from './retention.ts';
import { shortestIntervalMs } from './schedule.ts';

const minuteMs = 60_000;
/** Below this, listing both sides again and again is most of what a cron job does; continuous mode is made for it. */
const shortScheduleMs = 5 * minuteMs;
/** Snapshots of a share: the service's limit, and where Farshare begins to warn. */
const snapshotLimit = 200;
const snapshotWarning = 180;

export function judgeJob(job: JobConfig, nowMs: number): readonly Finding[] {
  const everyMs = pointIntervalMs(job, nowMs);
  return [
    ...startFindings(job, everyMs),
    ...fullFindings(job, everyMs),
    ...sourceKeepFindings(job),
    ...guardFindings(job),
    ...job.destinations.flatMap(({ name, keep }) => keepFindings(`${job.name}/${name}`, keep, everyMs)),
  ];
}

/** How far apart restore points are made, at the least; undefined: on demand. */
function pointIntervalMs({ schedule, timeZone }: JobConfig, nowMs: number): number | undefined {
  if (schedule === undefined) return undefined;
  if (typeof schedule === 'string') return shortestIntervalMs({ schedule, timeZone, nowMs });
  return Math.max(msOf(schedule.continuous), msOf(schedule.sealEvery));
}

const msOf = (duration: string): number => -subtractDuration(0, parseDuration(duration));

function startFindings(job: JobConfig, everyMs: number | undefined): readonly Finding[] {
  const { name, enabled, schedule } = job;
  if (!enabled || schedule === undefined) {
    const [why, field] = enabled ? ['has no schedule', '"schedule"'] : ['is not enabled', '"enabled": true'];
    const message = `Job ${name} ${why}: nothing is backed up unless somebody starts it.`;
    return [{ severity: 'info', code: 'OnDemandOnly', message, fix: `Set ${field} of job ${name}.` }];
  }
  if (typeof schedule === 'string') {
    if (everyMs === undefined || everyMs >= shortScheduleMs) return [];
    const message = `Job ${name} is due every ${inWords(everyMs)}: a run that takes longer leaves starts out.`;
    const fix = `Set "schedule" of job ${name} to {"continuous": "PT1M", "sealEvery": "PT1H"}.`;
    return [{ severity: 'warning', code: 'ScheduleTooOften', message, fix }];
  }
  if (msOf(schedule.sealEvery) > msOf(schedule.continuous)) return [];
  const message = `Job ${name} seals every ${schedule.sealEvery}, no less often than it copies (${schedule.continuous}): each run takes a restore point, and 200 of them are soon there.`;
  const fix = `Set "schedule.sealEvery" of job ${name} to "PT1H".`;
  return [{ severity: 'warning', code: 'SealsEveryRun', message, fix }];
}

function fullFindings({ name, fullEvery }: JobConfig, everyMs: number | undefined): readonly Finding[] {
  if (fullEvery === undefined || everyMs === undefined || msOf(fullEvery) > everyMs) return [];
  const message = `fullEvery (${fullEvery}) of job ${name} is not longer than its schedule’s interval (${inWords(everyMs)}): every run copies everything again.`;
  const fix = `Set "fullEvery" of job ${name} to "P90D", or remove it.`;
  return [{ severity: 'warning', code: 'FullEveryRun', message, fix }];
}

function sourceKeepFindings({ name, source }: JobConfig): readonly Finding[] {
  if (source.snapshots === 'existing' || !isEmptyRule(source.keep)) return [];
  const message = `source.keep of job ${name} is empty, which keeps every snapshot taken of the source: at 200 no run can begin.`;
  return [
    { severity: 'warning', code: 'SourceKeepsAll', message, fix: `Set "source.keep" of job ${name} to {"last": 2}.` },
  ];
}

function guardFindings({ name, guard, destinations }: JobConfig): readonly Finding[] {
  const isOff = guard.maxDeletedPercent >= 100 && guard.maxChangedPercent >= 100;
  if (!isOff || destinations.every(({ mode }) => mode === 'dated')) return [];
  const message = `The guard of job ${name} lets everything be deleted and overwritten: after ransomware, only restore points made before are left.`;
  const fix = `Remove "guard" of job ${name}: 25 % deleted and 60 % changed are its limits then.`;
  return [{ severity: 'warning', code: 'GuardOff', message, fix }];
}

function keepFindings(place: string, keep: KeepRule | undefined, everyMs: number | undefined): readonly Finding[] {
  const fix = `Set "keep" of ${place}, for example {"last": 7, "daily": 30, "weekly": 12, "monthly": 24}.`;
  if (keep === undefined || isEmptyRule(keep)) {
    const message = `${place} keeps every restore point: when its share has 200 snapshots, runs fail.`;
    return [{ severity: 'warning', code: 'KeepsAll', message, fix }];
  }
  const most = mostKept(keep, everyMs);
  if (most > snapshotWarning) {
    const severity = most > snapshotLimit ? 'error' : 'warning';
    const message = `The rule of ${place} comes to ${most} restore points; a share has at most ${snapshotLimit} snapshots, those of others included.`;
    return [{ severity, code: 'KeepsTooMany', message, fix }];
  }
  if (most > 1) return [];
  const message = `The rule of ${place} keeps one restore point: what was deleted or encrypted before the last run is in none.`;
  return [{ severity: 'warning', code: 'KeepsOne', message, fix }];
}

/** Upper bound: periods that share a point are counted apart, the newest once. */
function mostKept({ within, ...counts }: KeepRule, everyMs: number | undefined): number {
  const rules = Object.values(counts).flatMap((count = 0) => (count > 0 ? [count] : []));
  const byCounts = rules.reduce((sum, count) => sum + count, 0) - Math.max(0, rules.length - 1);
  const byTime = within === undefined || everyMs === undefined ? 0 : Math.ceil(msOf(within) / everyMs);
  return Math.max(byCounts, byTime);
}

export function inWords(ms: number): string {
  if (ms < 2 * minuteMs) return `${Math.round(ms / 1000)} s`;
  if (ms < 120 * minuteMs) return `${Math.round(ms / minuteMs)} min`;
  return ms < 2 * 1440 * minuteMs ? `${Math.round(ms / minuteMs / 60)} h` : `${Math.round(ms / minuteMs / 1440)} days`;
}
