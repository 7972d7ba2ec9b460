import { apiPath, get } from '../api.ts';
import { h, replace } from '../dom.ts';
import { button, nameOf, table } from '../parts.ts';
import type { Screen } from '../screen.ts';
import type { Failure, Page, RunReport } from '../shapes.ts';

const columns = [{ title: 'Path' }, { title: 'Operation' }, { title: 'Reason' }];

/** What failed, page by page: a run may fail for each of millions of files. */
export function failuresList(screen: Screen, region: HTMLElement, run: RunReport): void {
  let listed: readonly Failure[] = [];
  const list = h('div');
  const load = (cursor?: string): Promise<void> =>
    screen.attempt(region, async () => {
      const query = cursor === undefined ? {} : { cursor };
      const { value } = await get<Page<Failure>>(apiPath('runs', run.runId, 'failures'), {
        query,
        signal: screen.signal,
      });
      listed = [...listed, ...value.items];
      const next = value.next ?? undefined;
      replace(
        list,
        table('Failures', columns, listed.map(cellsOf)),
        next !== undefined &&
          h(
            'p',
            {},
            button('Show more failures', () => load(next), { id: 'more-failures' }),
          ),
      );
    });
  if (run.counts.failed === 0 && run.failures.length === 0) return replace(region);
  replace(region, h('h2', {}, 'Failures'), list);
  void load();
}

const cellsOf = ({ path, operation, code, message }: Failure) => [
  path === '' ? 'the run as a whole' : nameOf(path),
  operation === '' ? '–' : operation,
  [h('strong', {}, code), ` ${message}`],
];
