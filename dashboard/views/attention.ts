import { h, replace } from '../dom.ts';
import { durationText } from '../format.ts';
import { announce } from '../announce.ts';
import { ago, kindText, link, messageBox, runLink } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Destination, Job, RunReport } from '../shapes.ts';
import { approveButton } from './run-actions.ts';

interface Attention {
  readonly jobs: readonly Job[];
  readonly awaiting: readonly RunReport[];
  /** Where an approval's outcome is told: it stays when the region is drawn anew. */
  readonly outcome: HTMLElement;
}

/** A guard's question lapses after so long (design.md: the source snapshot is kept for seven days). */
const approvableMs = 7 * 86_400_000;

/** Runs whose approval still counts: a later run of the destination has taken the question over. */
export function approvalsAwaited(jobs: readonly Job[], awaiting: readonly RunReport[]): readonly RunReport[] {
  const newest = new Set(jobs.flatMap(({ destinations }) => destinations.map(({ lastRun }) => lastRun?.runId)));
  return awaiting.filter(
    ({ runId, kind, startedAt, status }) =>
      status === 'awaiting-approval' &&
      Date.now() - new Date(startedAt).getTime() < approvableMs &&
      (kind !== 'backup' || newest.has(runId)),
  );
}

/** What somebody should look at, loudest first; empty when all is well. */
export function showAttention(screen: Screen, region: HTMLElement, { jobs, awaiting, outcome }: Attention): void {
  const enabled = jobs.filter((job) => job.enabled);
  const of = (what: (one: Destination) => boolean) =>
    enabled.flatMap((job) => job.destinations.filter(what).map((destination) => ({ job, destination })));
  const late = of(({ overdue }) => overdue);
  const away = of(({ unreachable }) => unreachable !== undefined);
  const failed = of(({ lastRun, overdue }) => lastRun?.status === 'failed' && !overdue);
  const boxes = [
    late.length > 0 &&
      messageBox(
        'bad',
        late.length === 1 ? 'A backup is overdue' : `${late.length} backups are overdue`,
        h(
          'ul',
          {},
          late.map(({ job, destination }) => h('li', {}, overdueText(job, destination))),
        ),
      ),
    away.length > 0 &&
      messageBox(
        'bad',
        away.length === 1 ? 'A destination cannot be asked' : `${away.length} destinations cannot be asked`,
        h(
          'ul',
          {},
          away.map(({ job, destination }) =>
            h('li', {}, jobLink(job, destination), `: ${destination.unreachable}; its restore points are not known.`),
          ),
        ),
      ),
    ...awaiting.map((run) => approvalBox(screen, run, outcome)),
    failed.length > 0 &&
      messageBox(
        'warn',
        failed.length === 1 ? 'The last run failed' : `The last run of ${failed.length} destinations failed`,
        h(
          'ul',
          {},
          failed.map(({ job, destination }) => h('li', {}, failedText(job, destination))),
        ),
      ),
  ].filter((box) => box !== false);
  const text = boxes.map((box) => box.querySelector('.box-title')?.textContent ?? '').join('. ');
  if (text !== '' && region.dataset['said'] !== text)
    announce(text, late.length + away.length > 0 ? 'urgent' : 'polite');
  region.dataset['said'] = text;
  replace(region, boxes);
}

const jobLink = (job: Job, destination: Destination): HTMLElement =>
  link(hrefOf(['jobs', job.name], { destination: destination.name }), `${job.name} to ${destination.name}`);

function overdueText(job: Job, destination: Destination): (HTMLElement | string)[] {
  const { ageSeconds, expectedEverySeconds, newestPoint, lastRun } = destination;
  const expected = expectedEverySeconds === null ? '' : `, expected every ${durationText(expectedEverySeconds)}`;
  const age =
    newestPoint === null || ageSeconds === null ? 'has no restore point' : `is ${durationText(ageSeconds)} old`;
  const isFailed = lastRun !== null && lastRun.status === 'failed';
  const why = isFailed ? ['; ', runLink(lastRun.runId, 'the last run failed')] : [];
  return [jobLink(job, destination), ` ${age}${expected}`, ...why, '.'];
}

function failedText(job: Job, destination: Destination): (HTMLElement | string)[] {
  const { lastRun } = destination;
  if (lastRun === null) return [jobLink(job, destination)];
  return [jobLink(job, destination), ': ', runLink(lastRun.runId, `run of ${ago(lastRun.startedAt)}`), '.'];
}

function approvalBox(screen: Screen, run: RunReport, outcome: HTMLElement): HTMLElement {
  const why = h(
    'ul',
    {},
    (run.guard ?? []).map((sentence) => h('li', {}, sentence)),
  );
  const text = `${kindText(run)} of ${run.job} to ${run.destination} awaits approval`;
  return messageBox(
    'warn',
    text,
    why,
    h('p', { class: 'actions' }, approveButton(screen, run, outcome), runLink(run.runId, 'Look at the run')),
  );
}
