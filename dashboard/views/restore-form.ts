import { announce } from '../announce.ts';
import { startRestore } from '../api.ts';
import { confirmed } from '../confirm.ts';
import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { counted, dateTimeText } from '../format.ts';
import { spokenName } from '../names.ts';
import { button, messageBox, nameOf, placeText } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Place, RestorePointInfo, RestoreRequest } from '../shapes.ts';
import type { Chosen } from './restore.ts';

interface Wish extends Chosen {
  readonly point: RestorePointInfo;
  /** What is ticked; none is everything. */
  readonly paths: Set<string>;
  readonly onRemove: () => void;
}

type Conflict = RestoreRequest['onConflict'];

/** Where to and how, and the buttons that start it. Returns how to show anew what is chosen. */
export function restoreForm(screen: Screen, region: HTMLElement, wish: Wish): () => void {
  const [what, outcome] = [h('div', { 'aria-live': 'polite' }), h('div')];
  const where = whereFields(wish);
  const conflicts = options<Conflict>('conflict', 'When something is there already', [
    ['skip', 'Leave it as it is', ''],
    ['rename', 'Keep both: the restored one gets the time of the restore point in its name', ''],
    ['overwrite', 'Overwrite it', 'A snapshot of the place is taken first.'],
  ]);
  // What a dated destination does not hold says nothing: deletions were never applied to it.
  const extra = h('input', { type: 'checkbox', id: 'extra', disabled: wish.destination.mode === 'dated' });
  const drawWhat = (): void =>
    replace(
      what,
      whatText(wish, () => (drawWhat(), wish.onRemove())),
    );
  const start = async (dryRun: boolean): Promise<void> => {
    const to = where.read();
    if (to === 'missing') {
      replace(outcome, messageBox('warn', 'Name the account and the share to restore to.'));
      announce('Name the account and the share to restore to.', 'urgent');
      return;
    }
    const request = requestOf(wish, { to, onConflict: conflicts.read(), deleteExtra: extra.checked, dryRun });
    if (!dryRun && !(await confirmed(questionOf(wish, request)))) return;
    await screen.attempt(outcome, async () => {
      const id = await startRestore(request);
      announce(dryRun ? 'The dry run has begun.' : 'The restore has begun.');
      location.hash = hrefOf(['runs', id]);
    });
  };
  replace(
    region,
    what,
    where.element,
    conflicts.element,
    h(
      'p',
      { class: 'option' },
      extra,
      h('label', { for: 'extra' }, 'Also delete what is there and was not in the restore point'),
    ),
    h(
      'p',
      { class: 'actions' },
      button('Try it (dry run)', () => start(true), { id: 'dry-run' }),
      button('Restore …', () => start(false), { id: 'restore', kind: 'main' }),
    ),
    outcome,
  );
  drawWhat();
  return drawWhat;
}

function requestOf(
  { job, destination, point, paths }: Wish,
  how: Pick<RestoreRequest, 'onConflict'> & { to: Place | undefined; deleteExtra: boolean; dryRun: boolean },
): RestoreRequest {
  return {
    job: job.name,
    destination: destination.name,
    point: point.snapshot,
    onConflict: how.onConflict,
    ...(paths.size > 0 && { paths: [...paths] }),
    ...(how.to && { to: how.to }),
    ...(how.deleteExtra && { deleteExtra: true }),
    ...(how.dryRun && { dryRun: true }),
  };
}

function whatText({ job, destination, point, paths }: Wish, changed: () => void): Child[] {
  const from = `from the restore point of ${dateTimeText(point.time)} of ${job.name} at ${destination.name}`;
  if (paths.size === 0) return [h('p', {}, h('strong', {}, 'Everything'), ` ${from}.`)];
  const remove = (path: string): void => {
    paths.delete(path);
    changed();
  };
  const item = (path: string): HTMLElement =>
    h(
      'li',
      {},
      nameOf(path),
      ' ',
      button('Remove', () => remove(path), { label: `Do not restore ${spokenName(path)}` }),
    );
  return [
    h('p', {}, h('strong', {}, counted(paths.size, 'file or directory', 'files and directories')), ` ${from}:`),
    h('ul', { class: 'chosen' }, [...paths].toSorted().map(item)),
  ];
}

function questionOf({ job, paths }: Wish, { to, onConflict, deleteExtra }: RestoreRequest) {
  const place = to === undefined ? `a new directory of ${job.source.account}/${job.source.share}` : placeText(to);
  const conflict = { skip: 'is left as it is', rename: 'stays beside the restored one', overwrite: 'is overwritten' };
  const number = paths.size === 0 ? 'everything' : counted(paths.size, 'file or directory', 'files and directories');
  return {
    title: 'Restore?',
    content: [
      h('p', {}, `Restore ${number} to `, h('strong', {}, place), '.'),
      h('p', {}, `What is there already ${conflict[onConflict]}.`),
      deleteExtra === true &&
        messageBox(
          'bad',
          `What is in ${place} and was not in the restore point is deleted. The guard stops it if that is much.`,
        ),
    ],
    yes: 'Restore',
    isDangerous: onConflict === 'overwrite' || deleteExtra === true,
  };
}

function whereFields({ job, jobs }: Wish) {
  const { source } = job;
  const kind = options<'new' | 'original' | 'other'>('where', 'Where to', [
    [
      'new',
      `A new directory of ${source.account}/${source.share}`,
      'Named restore- and the time: nothing there can be in the way.',
    ],
    ['original', `Where it came from: ${placeText(source)}`, ''],
    ['other', 'Another place', ''],
  ]);
  const field = (id: string, title: string, value: string, list?: string) => {
    const input = h('input', { id, value, list, autocomplete: 'off', spellcheck: 'false' });
    return { input, element: h('p', {}, h('label', { for: id }, title), input) };
  };
  const account = field('to-account', 'Account', '', 'accounts');
  const share = field('to-share', 'Share', '');
  const path = field('to-path', 'Directory', '/');
  const accounts = new Set(
    jobs.flatMap((one) => [one.source.account, ...one.destinations.map((destination) => destination.account)]),
  );
  const read = (): Place | undefined | 'missing' => {
    if (kind.read() === 'new') return undefined;
    if (kind.read() === 'original') return source;
    const [a, b] = [account.input.value.trim(), share.input.value.trim()];
    return a === '' || b === '' ? 'missing' : { account: a, share: b, path: path.input.value.trim() || '/' };
  };
  const names = h(
    'datalist',
    { id: 'accounts' },
    [...accounts].toSorted().map((value) => h('option', { value })),
  );
  const other = h('div', { class: 'filters', hidden: true }, account.element, share.element, path.element, names);
  kind.element.append(other);
  kind.element.addEventListener('change', () => (other.hidden = kind.read() !== 'other'));
  return { element: kind.element, read };
}

/** A group of radio buttons; the first is chosen. */
function options<Value extends string>(
  name: string,
  title: string,
  all: readonly (readonly [value: Value, text: string, hint: string])[],
) {
  const radios = all.map(([value], at) => h('input', { type: 'radio', name, value, checked: at === 0 }));
  const rows = all.map(([, text, hint], at) =>
    h(
      'label',
      { class: 'option' },
      radios[at],
      h('span', {}, text, hint === '' ? null : h('span', { class: 'small' }, ` ${hint}`)),
    ),
  );
  return {
    element: h('fieldset', {}, h('legend', {}, title), rows),
    read: (): Value => (all[radios.findIndex(({ checked }) => checked)] ?? all[0])?.[0] as Value,
  };
}
