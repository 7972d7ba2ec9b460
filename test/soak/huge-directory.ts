/**
 * One directory of a million entries, half of them new and sorting first, in a process whose heap is limited:
 * `node test/soak/huge-directory.ts [--held 500000] [--fresh 500000]`. Once listed in the order that names are merged in, once
 * scattered. Exits 1 unless both runs copied what is new and nothing else, within the limit.
 */
import { parseArgs } from 'node:util';
import { runOverHugeDirectory } from '../support/huge-directory.ts';

const number = (usual: number) => ({ type: 'string', default: String(usual) }) as const;
const { values } = parseArgs({ options: { held: number(500_000), fresh: number(500_000) } });
const [held, fresh] = [Number(values.held), Number(values.fresh)];

/** A walker holds a page of each side; passes hold 200,000 entries in one directory at a time. */
const limits = { upper: 128, scattered: 256 } as const;

for (const [order, heapMebibytes] of Object.entries(limits)) {
  const { report, peakMebibytes } = await runOverHugeDirectory({ held, fresh, order, heapMebibytes });
  const { status, counts, requests } = report;
  const line = { order, heapMebibytes, peakMebibytes, status, counts, total: requests.total, floor: requests.floor };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const isRight =
    status === 'succeeded' &&
    counts.files === held + fresh &&
    counts.copied === fresh &&
    counts.unchanged === held &&
    counts.failed === 0;
  if (!isRight) process.exitCode = 1;
}
