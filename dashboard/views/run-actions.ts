/** Buttons that change something: each asks first, and shows its outcome or the app's reason why not. */
import { announce } from '../announce.ts';
import { apiPath, post } from '../api.ts';
import { confirmed } from '../confirm.ts';
import { h, replace } from '../dom.ts';
import { counted } from '../format.ts';
import { button, kindText, messageBox, runLink } from '../parts.ts';
import type { Screen } from '../screen.ts';
import type { RunReport } from '../shapes.ts';

const named = (run: RunReport): string => `${kindText(run).toLowerCase()} of ${run.job} to ${run.destination}`;

/** Sends an action of a run; a run that came of it is linked. */
async function act(screen: Screen, outcome: HTMLElement, run: RunReport, action: 'approve' | 'cancel' | 'retry') {
  await screen.attempt(outcome, async () => {
    const answer = await post<{ runId?: string; runs?: readonly { runId: string }[] }>(
      apiPath('runs', run.runId, action),
    );
    const started = answer.runId ?? answer.runs?.[0]?.runId;
    const text = { approve: 'Approved.', cancel: 'The run is being cancelled.', retry: 'Tried again.' }[action];
    const isOther = started !== undefined && started !== run.runId;
    replace(outcome, messageBox('good', text, isOther && h('p', {}, runLink(started, 'Follow the new run'))));
    announce(text);
  });
}

/** What the guard stopped is said again before it is let through. */
export function approveButton(screen: Screen, run: RunReport, outcome: HTMLElement): HTMLElement {
  const { toDelete } = run.counts as { toDelete?: number };
  const ask = async (): Promise<void> => {
    const isSure = await confirmed({
      title: `Approve the ${named(run)}?`,
      content: [
        h('p', {}, 'The guard stopped this run because:'),
        h(
          'ul',
          {},
          (run.guard ?? ['it gave no reason']).map((sentence) => h('li', {}, sentence)),
        ),
        toDelete !== undefined && h('p', {}, `${counted(toDelete, 'entry', 'entries')} would be deleted.`),
        h(
          'p',
          {},
          'What goes on deletes and overwrites what the guard counted, never more; each deletion is proved again.',
        ),
        h(
          'p',
          {},
          `${run.kind === 'backup' ? 'Earlier restore points keep' : 'The snapshot taken before keeps'} what is deleted.`,
        ),
      ],
      yes: 'Approve and go on',
      isDangerous: true,
    });
    if (isSure) await act(screen, outcome, run, 'approve');
  };
  return button('Approve …', ask, { id: `approve-${run.runId}`, kind: 'danger', label: `Approve the ${named(run)}` });
}

export function cancelButton(screen: Screen, run: RunReport, outcome: HTMLElement): HTMLElement {
  const ask = async (): Promise<void> => {
    const isSure = await confirmed({
      title: `Cancel the ${named(run)}?`,
      content: [h('p', {}, 'What is copied stays; no restore point is made. The next run goes on from there.')],
      yes: 'Cancel the run',
      isDangerous: true,
    });
    if (isSure) await act(screen, outcome, run, 'cancel');
  };
  return button('Cancel …', ask, { id: `cancel-${run.runId}`, label: `Cancel the ${named(run)}` });
}

export const retryButton = (screen: Screen, run: RunReport, outcome: HTMLElement): HTMLElement =>
  button('Try again', () => act(screen, outcome, run, 'retry'), {
    id: `retry-${run.runId}`,
    kind: 'main',
    label: `Try again the ${named(run)}`,
  });
