import { cpus, loadavg, totalmem } from 'node:os';
import { type Judgement, type Measured, type Measurement, medianOf, type Step, totalOf } from './measurement.ts';
import type { Size } from './shares.ts';

export interface Results {
  readonly command: string;
  readonly size: Size;
  readonly latencyMs: number;
  readonly requestsPerSecond: number;
  readonly azcopyVersion: string | undefined;
  /** Why AzCopy is missing. */
  readonly azcopyReason: string | undefined;
  readonly steps: readonly Step[];
  readonly judgements: readonly Judgement[];
}

/** What the project holds itself to. */
const mostRequestsPerFloor = 1.1;
const mostOfTheirTime = 0.4;

/** bench/RESULTS.md. */
export function renderResults(results: Results): string {
  const { size, latencyMs, requestsPerSecond, azcopyVersion, azcopyReason } = results;
  const expectations = results.steps.flatMap(expectationsOf);
  const peer = azcopyVersion ?? `AzCopy was left out: ${azcopyReason}`;
  return [
    '# Benchmark',
    '',
    'Written by the command below; do not edit.',
    '',
    `\`${results.command}\``,
    '',
    `- Trees: ${size.files} files of 10 KiB, 100 a directory; one file of ${size.largeMebibytes} MiB. 1 % of the files, or of the`,
    '  bytes in pieces of 64 KiB, is overwritten. All programs read the same source shares, and write to shares of their own.',
    `- Service: the local Files emulator in a process of its own, ${latencyMs} ms added to each request, ${requestsPerSecond} requests`,
    '  a second and account. It proves which requests are made, not how fast the cloud is.',
    `- Rounds: ${size.rounds}, the programs in turn within each step, in another order each round; the medians are shown.`,
    '- Farshare: `farshare run`, and a run over HTTP under the local host with Azurite (host and workers measured, Azurite not); each with',
    '  source snapshot, check and restore point. The functions app stays up: requests of its timers are in what the service counts',
    '  while the others work, not in their reports.',
    `- AzCopy: ${peer}, \`sync --preserve-info --preserve-permissions --delete-destination\`, from the live share; it takes no snapshot.`,
    `- Machine: ${machine()}; other work on the machine is in the seconds.`,
    '',
    ...results.steps.flatMap(renderStep),
    '## Held to',
    '',
    ...expectations.map(renderExpectation),
    '',
    ...renderReasons(expectations.filter(({ isMet }) => !isMet)),
    '',
    '## Outcome of the last round, compared with the source',
    '',
    ...results.judgements.map(({ program, verdict }) => `- ${program}: ${verdict}.`),
    '',
  ].join('\n');
}

function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown'}, ${memory} GiB, Node ${process.versions.node}, load average ${load} at the end`;
}

const median = ({ rounds }: Measured, pick: (one: Measurement) => number): number => medianOf(rounds.map(pick));
const perFloor = ({ reported }: Measurement): number =>
  reported === undefined ? Number.NaN : reported.total / reported.floor;
const shown = (value: number, digits = 0): string => (Number.isNaN(value) ? '–' : value.toFixed(digits));

function renderStep({ title, programs }: Step): string[] {
  const azcopy = programs.find(({ program }) => program === 'AzCopy');
  const row = (name: string, value: (of: Measured) => string): string =>
    `| ${name} | ${programs.map(value).join(' | ')} |`;
  const operations = [...new Set(programs.flatMap(({ rounds }) => rounds.flatMap((one) => Object.keys(one.requests))))];
  return [
    `## ${title}`,
    '',
    `| | ${programs.map(({ program }) => program).join(' | ')} |`,
    `| --- | ${programs.map(() => '---:').join(' | ')} |`,
    row('**requests**', (of) => shown(median(of, totalOf))),
    row('by its own report', (of) => shown(median(of, ({ reported }) => reported?.total ?? Number.NaN))),
    row('requests ÷ floor', (of) => shown(median(of, perFloor), 3)),
    row('bytes copied', (of) => shown(median(of, ({ bytesCopied }) => bytesCopied))),
    row('seconds', (of) =>
      shown(
        median(of, ({ seconds }) => seconds),
        1,
      ),
    ),
    row('seconds ÷ AzCopy’s', (of) => (azcopy === undefined ? '–' : shown(timeRatio(of, azcopy), 2))),
    row('peak memory, MiB', (of) => shown(median(of, ({ peakMebibytes }) => peakMebibytes))),
    ...operations
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((operation) => row(operation, (of) => shown(median(of, ({ requests }) => requests[operation] ?? 0)))),
    '',
  ];
}

const timeRatio = (of: Measured, azcopy: Measured): number =>
  median(of, ({ seconds }) => seconds) / median(azcopy, ({ seconds }) => seconds);

interface Expectation {
  readonly title: string;
  readonly program: string;
  readonly what: 'requests' | 'time';
  readonly measured: number;
  readonly most: number;
  readonly isMet: boolean;
  /** Requests above the floor; seconds that AzCopy took. */
  readonly beside: number;
}

/** Each expectation with what was measured, whether or not it was met. */
function expectationsOf({ title, programs }: Step): Expectation[] {
  const azcopy = programs.find(({ program }) => program === 'AzCopy');
  return programs.flatMap((of) => {
    if (of === azcopy) return [];
    const { program } = of;
    const requests = median(of, perFloor);
    const above = median(of, ({ reported }) => (reported === undefined ? Number.NaN : reported.total - reported.floor));
    const held = (what: 'requests' | 'time', measured: number, most: number, beside: number): Expectation => ({
      ...{ title, program, what, measured, most, beside },
      isMet: measured <= most,
    });
    const ofRequests = held('requests', requests, mostRequestsPerFloor, above);
    if (azcopy === undefined) return [ofRequests];
    const theirs = median(azcopy, ({ seconds }) => seconds);
    return [ofRequests, held('time', timeRatio(of, azcopy), mostOfTheirTime, theirs)];
  });
}

function renderExpectation({ title, program, what, measured, most, isMet }: Expectation): string {
  const ratio =
    what === 'requests' ? `requests ÷ floor ${shown(measured, 3)}` : `time ÷ AzCopy’s ${shown(measured, 2)}`;
  return `- ${title}, ${program}: ${ratio}, at most ${most}: ${isMet ? 'met' : '**missed**'}`;
}

/** Why what is missed is missed, as far as something is. */
function renderReasons(missed: readonly Expectation[]): string[] {
  if (missed.length === 0) return ['All of it is met.'];
  const requests = missed.filter(({ what }) => what === 'requests');
  const times = missed.filter(({ what }) => what === 'time');
  const all = (of: readonly Expectation[], unit: string): string =>
    of
      .map(({ title, program, beside }) => `${title}, ${program} (${beside.toFixed(unit === '' ? 0 : 1)}${unit})`)
      .join('; ');
  return [
    ...(requests.length === 0 ? [] : [...whyRequests, `Above the floor: ${all(requests, '')}.`, '']),
    ...(times.length === 0 ? [] : [...whyTime, `AzCopy took: ${all(times, ' s')}.`]),
  ];
}

const whyRequests = [
  'Requests are missed where a run has few of them. Above the floor it asks, whatever it finds, for the properties of both roots, which no',
  'listing shows, and once for each permission that it meets; it reads back the first file that it writes; and for a large file it',
  'asks for the properties of the base and of the destination, for the changed ranges and for the CRC-64s in the catalog before it moves',
  'a range.',
];

const whyTime = [
  'Time is missed where AzCopy has little to do. A run takes some seconds whatever it finds: it waits for a full second of the service,',
  'which shows no finer times ([ADR 9](../docs/adr/0009-full-second.md)), takes two snapshots, seals and checks, one after the other;',
  'the command line starts Node first, and a run of the functions begins when its queue is polled, up to two seconds later. Of a large',
  'file it sets properties before and after, and proves a sample of what it leaves alone.',
];
