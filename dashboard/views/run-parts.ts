import { h } from '../dom.ts';
import type { Child } from '../dom.ts';
import { bytesText, countText, counted, percentText } from '../format.ts';
import { facts, messageBox, nameOf, placeText, timeOf } from '../parts.ts';
import type { RunReport } from '../shapes.ts';

const names = (paths: readonly string[]): HTMLElement =>
  h(
    'ul',
    {},
    paths.map((path) => h('li', {}, nameOf(path))),
  );

/** What a restore says besides. */
export function restoreOf(restore: NonNullable<RunReport['restore']>): Child[] {
  const { from, to, paths, onConflict, deleteExtra, safetySnapshot, skipped, renamed } = restore;
  const conflict = { skip: 'leave what is there', rename: 'keep both', overwrite: 'overwrite' }[onConflict];
  return [
    h('h2', {}, 'Restore'),
    facts([
      ['From', placeText(from)],
      ['Restore point of', timeOf(restore.time)],
      ['To', placeText(to)],
      [
        'What',
        paths.length === 0
          ? 'everything'
          : h(
              'ul',
              {},
              paths.map((path) => h('li', {}, nameOf(path))),
            ),
      ],
      ['When something is there', `${conflict}${deleteExtra ? '; delete what is more' : ''}`],
      ['Left as they were', countText(skipped)],
      ['Restored under another name', countText(renamed)],
      ['Snapshot taken before', safetySnapshot ?? 'none'],
    ]),
  ];
}

/** What of a restore point was read back and compared. */
export function verificationOf(verification: NonNullable<RunReport['verification']>): Child[] {
  const { files, bytes, differing, unread, paths, slot, slots, coveredPercent } = verification;
  const rows: (readonly [string, Child])[] = [
    ['Compared', `${counted(files, 'file')}, ${bytesText(bytes)}`],
    ['Differed', countText(differing)],
    ['Could not be read', countText(unread)],
  ];
  if (slot !== undefined && slots !== undefined) rows.push(['Part', `${countText(slot + 1)} of ${countText(slots)}`]);
  if (coveredPercent !== undefined) rows.push(['Gone over so far', percentText(coveredPercent)]);
  return [
    h('h2', {}, 'Verification'),
    differing > 0 && messageBox('bad', `${counted(differing, 'file')} differed from the source`, names(paths)),
    facts(rows),
  ];
}
