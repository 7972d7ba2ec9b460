import { cpus, loadavg, totalmem } from 'node:os';
import { type Judgement, type Measurement, type Step, totalOf } from './measurement.ts';

export interface Results {
  readonly command: string;
  readonly files: number;
  readonly latencyMs: number;
  readonly azcopyVersion: string | undefined;
  /** Why AzCopy is missing. */
  readonly azcopyReason: string | undefined;
  readonly steps: readonly Step[];
  readonly judgements: readonly Judgement[];
}

/** bench/RESULTS.md. */
export function renderResults(results: Results): string {
  const { files, latencyMs, azcopyVersion, azcopyReason } = results;
  const peer = azcopyVersion ?? `AzCopy was left out: ${azcopyReason}`;
  return [
    '# Benchmark: first copy',
    '',
    'Written by the command below; do not edit.',
    '',
    `\`${results.command}\``,
    '',
    `- Tree: ${files} files of 10 KiB, 100 a directory. Both programs read the same source share and write to a share of their own.`,
    `- Service: the local Files emulator in a process of its own, ${latencyMs} ms added to each request. It proves which requests are`,
    '  made, not how fast the cloud is.',
    '- Farshare: the engine in-process, as `farshare run`, with source snapshot, check and restore point.',
    `- AzCopy: ${peer}, \`sync --preserve-info --preserve-permissions --delete-destination\`, from the live share; it takes no snapshot.`,
    `- Machine: ${machine()}. Seconds are of one run each; other work on the machine is in them.`,
    '',
    ...results.steps.flatMap(renderStep),
    '## Outcome, compared with the source after the third run',
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

function renderStep({ title, farshare, azcopy, reported }: Step): string[] {
  const operations = [...new Set([...Object.keys(farshare.requests), ...Object.keys(azcopy?.requests ?? {})])].toSorted(
    (a, b) => (a < b ? -1 : 1),
  );
  const number = (one: Measurement | undefined, pick: (one: Measurement) => number): string =>
    one === undefined ? '–' : String(pick(one));
  const row = (name: string, pick: (one: Measurement) => number): string =>
    `| ${name} | ${number(farshare, pick)} | ${number(azcopy, pick)} | ${ratio(farshare, azcopy, pick)} |`;
  const operation = (name: string): string =>
    `| ${name} | ${number(farshare, of(name))} | ${number(azcopy, of(name))} | |`;
  return [
    `## ${title}`,
    '',
    '| | Farshare | AzCopy | AzCopy ÷ Farshare |',
    '| --- | ---: | ---: | ---: |',
    row('**requests**', totalOf),
    ...operations.map(operation),
    row('bytes sent to the service', ({ bytes }) => bytes.in),
    row('bytes received from it', ({ bytes }) => bytes.out),
    row('bytes copied by it', ({ bytes }) => bytes.copied),
    row('seconds', ({ seconds }) => Number(seconds.toFixed(1))),
    '',
    `Farshare's own report: ${reported.requests} requests; the least that this run could have made: ${reported.floor}.`,
    '',
  ];
}

const of =
  (operation: string) =>
  ({ requests }: Measurement): number =>
    requests[operation] ?? 0;

function ratio(one: Measurement, other: Measurement | undefined, pick: (one: Measurement) => number): string {
  if (other === undefined || pick(one) === 0 || pick(other) === 0) return '';
  return (pick(other) / pick(one)).toFixed(2);
}
