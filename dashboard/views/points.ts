import { apiPath, get } from '../api.ts';
import { pointCalendar } from '../calendar.ts';
import { h, replace } from '../dom.ts';
import type { Child } from '../dom.ts';
import { counted } from '../format.ts';
import { chip, link, runLink, table, timeOf } from '../parts.ts';
import { hrefOf } from '../route.ts';
import type { Screen } from '../screen.ts';
import type { Page, RestorePointInfo } from '../shapes.ts';

const columns = [
  { title: 'Of' },
  { title: 'Complete' },
  { title: 'Kept until' },
  { title: 'Run' },
  { title: 'Actions' },
];

export interface Backup {
  readonly job: string;
  readonly destination: string;
}

/** Oldest first. */
export async function readPoints(screen: Screen, { job, destination }: Backup): Promise<readonly RestorePointInfo[]> {
  const path = apiPath('jobs', job, 'restore-points');
  const { value } = await get<Page<RestorePointInfo>>(path, { query: { destination }, signal: screen.signal });
  return value.items;
}

/** A calendar of a destination's restore points, and those of the day that is pressed. */
export function pointsCalendar(screen: Screen, region: HTMLElement, backup: Backup): void {
  void screen.attempt(region, async () => {
    const points = await readPoints(screen, backup);
    if (points.length === 0) return replace(region, h('p', { class: 'quiet' }, 'There is no restore point yet.'));
    const [days, list] = [h('div'), h('div')];
    const partial = points.filter(({ complete }) => complete !== 'true').length;
    const summary = `${counted(points.length, 'restore point')}${partial === 0 ? '' : `, ${partial} of them partial`}`;
    replace(region, h('p', {}, summary), h('div', { class: 'with-calendar' }, days, list));
    const show = (found: readonly RestorePointInfo[]): void =>
      replace(
        list,
        table(
          'Restore points of the day',
          columns,
          found.map((point) => cellsOf(point, backup)),
        ),
      );
    pointCalendar(days, { points, chosen: undefined, show });
  });
}

const cellsOf = (point: RestorePointInfo, { job, destination }: Backup): Child[] => [
  timeOf(point.time),
  point.complete === 'true' ? chip('✓', 'complete', 'good') : chip('!', 'partial', 'warn'),
  point.pinnedUntil ?? 'as retention says',
  runLink(point.runId, 'Run'),
  link(
    hrefOf(['restore'], { job, destination, point: point.snapshot }),
    'Browse and restore',
    h('span', { class: 'unseen' }, ` the point of ${point.time}`),
  ),
];
