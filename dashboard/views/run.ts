import { announce } from '../announce.ts';
import { apiPath, get } from '../api.ts';
import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { bytesText, countText, counted } from '../format.ts';
import { facts, isUnderWay, kindText, link, messageBox, runLink, statusChip, statusText, timeOf } from '../parts.ts';
import { poll } from '../poll.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { RunReport, RunStatus } from '../shapes.ts';
import { failuresList } from './failures.ts';
import { restoreOf, verificationOf } from './run-parts.ts';
import { approveButton, cancelButton, retryButton } from './run-actions.ts';
import { tookText } from './runs-table.ts';

/** One run, live while it is under way. */
export function showRun(screen: Screen): void {
  const [, runId = ''] = screen.route.parts;
  const report = screen.region();
  const outcome = h('div');
  const failures = h('div');
  screen.open(`Run ${runId}`, report, outcome, failures);
  let last: RunStatus | undefined;
  void poll<RunReport>({
    signal: screen.signal,
    ask: (signal) => get(apiPath('runs', runId), { signal }),
    show: (run) => {
      replace(report, reportOf(screen, run, outcome));
      if (last !== run.status) {
        if (last !== undefined) announce(`The run is ${statusText(run.status)}.`);
        // Failures are listed when the run has ended: before that, their number is among the counts.
        if (!isUnderWay(run.status)) failuresList(screen, failures, run);
      }
      last = run.status;
    },
    fail: (error) => screen.failed(report, error),
  });
}

function reportOf(screen: Screen, run: RunReport, outcome: HTMLElement): Child[] {
  const buttons = [
    isUnderWay(run.status) && cancelButton(screen, run, outcome),
    run.status === 'awaiting-approval' && approveButton(screen, run, outcome),
    (run.status === 'failed' || run.status === 'cancelled') && retryButton(screen, run, outcome),
  ].filter((button) => button !== false);
  return [
    h('p', { class: 'lead' }, statusChip(run.status), ` ${kindText(run)} of `, jobLink(run)),
    buttons.length > 0 && h('p', { class: 'actions' }, buttons),
    run.complete === 'partial' &&
      messageBox('warn', 'Some entries failed; the restore point was sealed without them and is partial.'),
    guardBox(run),
    facts(factsOf(run)),
    run.restore !== undefined && restoreOf(run.restore),
    run.verification !== undefined && verificationOf(run.verification),
    h('h2', {}, 'Counts'),
    facts(countsOf(run)),
    h('h2', {}, 'Requests'),
    facts(requestsOf(run)),
  ];
}

const jobLink = ({ job, destination }: RunReport): HTMLElement =>
  link(hrefOf(['jobs', job], { destination }), `${job} to ${destination}`);

function guardBox({ guard = [], status }: RunReport): HTMLElement | null {
  if (guard.length === 0) return null;
  const list = h(
    'ul',
    {},
    guard.map((sentence) => h('li', {}, sentence)),
  );
  return status === 'awaiting-approval'
    ? messageBox('warn', 'The guard stopped this run; nothing was deleted. It awaits approval.', list)
    : messageBox('info', 'What the guard saw', list);
}

function factsOf(run: RunReport): (readonly [string, Child])[] {
  const optional = [
    run.retryOf !== undefined && (['Tries again', runLink(run.retryOf)] as const),
    run.approvalOf !== undefined && (['Approved after', runLink(run.approvalOf)] as const),
    run.next !== undefined && (['Goes on in', runLink(run.next)] as const),
  ].filter((row) => row !== false);
  return [
    ['Started', timeOf(run.startedAt)],
    ['Ended', run.endedAt === null ? h('span', { class: 'quiet' }, 'not yet') : timeOf(run.endedAt)],
    ['Took', tookText(run)],
    ['Source snapshot', run.sourceSnapshot ?? '–'],
    ...(run.kind === 'backup' ? ([['Restore point', run.restorePoint ?? '–']] as const) : []),
    ['Mode', run.mode],
    ...optional,
  ];
}

const countNames: readonly (readonly [keyof RunReport['counts'], string])[] = [
  ['directories', 'Directories'],
  ['files', 'Files'],
  ['unchanged', 'Unchanged'],
  ['copied', 'Copied'],
  ['rangeCopied', 'Copied by ranges'],
  ['propertiesSet', 'Properties only'],
  ['directoriesMade', 'Directories made'],
  ['deleted', 'Deleted'],
  ['excluded', 'Excluded'],
  ['streamed', 'Streamed'],
  ['failed', 'Failed'],
];

function countsOf({ counts, bytes }: RunReport): (readonly [string, Child])[] {
  const rows = countNames.map(([name, title]): readonly [string, Child] => {
    const text = countText(counts[name]);
    return [title, name === 'failed' && counts.failed > 0 ? h('strong', { class: 'bad' }, text) : text];
  });
  return [...rows, ['Bytes looked at', bytesText(bytes.scanned)], ['Bytes copied', bytesText(bytes.copied)]];
}

function requestsOf({ requests }: RunReport): (readonly [string, Child])[] {
  const sum = (of: Readonly<Record<string, number>>): number => Object.values(of).reduce((all, one) => all + one, 0);
  return [
    ['Sent in all', counted(requests.total, 'request')],
    ['Fewest possible', countText(requests.floor)],
    ['To the source', countText(sum(requests.source))],
    ['To the destination', countText(sum(requests.destination))],
  ];
}
