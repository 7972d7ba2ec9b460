/**
 * One directory of a million entries, half of them new and sorting first, in a process whose heap is limited:
 * `npm run soak:huge -- [--held 500000] [--fresh 500000] [--order upper|scattered]`. Once listed in the order that names are merged
 * in, once scattered. Exits 1 unless both runs copied what is new and nothing else, within the limit, in as many requests as the
 * emulator counted, and the restore point equals the source snapshot.
 */
import { parseArgs } from 'node:util';
import { runOverHugeDirectory } from '../support/huge-directory.ts';

const number = (usual: number) => ({ type: 'string', default: String(usual) }) as const;
const { values } = parseArgs({ options: { held: number(500_000), fresh: number(500_000), order: { type: 'string' } } });
const [held, fresh] = [Number(values.held), Number(values.fresh)];

/** A walker holds a page of each side; passes hold 200,000 entries in one directory at a time. */
const limits = { upper: 128, scattered: 256 } as const;

for (const [order, heapMebibytes] of Object.entries(limits)) {
  if (order !== (values.order ?? order)) continue;
  const { report, emulator, differences, ...took } = await runOverHugeDirectory({ held, fresh, order, heapMebibytes });
  const { status, counts, requests } = report;
  const counted = Object.values(emulator.stats.report().requests).flatMap((statuses) => Object.values(statuses));
  const served = counted.reduce((sum, count) => sum + count, 0);
  const line = {
    order,
    heapMebibytes,
    ...took,
    status,
    counts,
    total: requests.total,
    served,
    floor: requests.floor,
    differences,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const isRight =
    status === 'succeeded' &&
    counts.files === held + fresh &&
    counts.copied === fresh &&
    counts.unchanged === held &&
    counts.failed === 0 &&
    requests.total === served &&
    differences.length === 0;
  if (!isRight) process.exitCode = 1;
}
