import type { RestoreSummary, RunReport } from '../../lib/model/index.ts';
import { formatCount, formatTime } from './format.ts';

/** `finance to west` of a backup, what was brought back from where of a restore. */
export const titleOf = ({ job, destination, restore }: RunReport): string =>
  restore === undefined ? `${job} to ${destination}` : `restore of ${job} from ${destination}`;

const placeText = ({ account, share, path }: RestoreSummary['to']): string =>
  account === '' ? path : `${account}/${share}${path === '' ? '' : `/${path}`}`;

/** What a restore has in place of a source snapshot and a restore point. */
export function restoreRows(restore: RestoreSummary): readonly (readonly [label: string, text: string])[] {
  const { skipped, renamed, onConflict } = restore;
  const met = [
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
    ...(renamed > 0 ? [`${formatCount(renamed)} beside them`] : []),
  ].join(', ');
  const rule = `${onConflict}${restore.deleteExtra ? ', what is too much is deleted' : ''}`;
  return [
    ['  restore point', `${formatTime(restore.time)} (${restore.point})`],
    ['  from', placeText(restore.from)],
    ['  to', placeText(restore.to)],
    ...(restore.paths.length === 0 ? [] : [['  paths', restore.paths.join(', ')] as const]),
    ['  names taken', met === '' ? rule : `${rule}: ${met}`],
    ['  safety snapshot', restore.safetySnapshot ?? '-'],
  ];
}
