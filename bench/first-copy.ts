/**
 * A first copy, a second one without changes, and one after 1 % of the files changed: what each program asks of the service
 * for the same outcome. The emulator proves which requests are made, not how fast the cloud is.
 */
import { ShareServiceClient } from '@azure/storage-file-share';
import { readTraffic, trafficBetween } from '../demo/emulator-stats.ts';
import type { RunReport } from '../lib/model/index.ts';
import { fileClient } from '../local-stack/index.ts';
import { comparePlaces, type ComparisonOptions, type Place } from '../walker/index.ts';
import type { Judgement, Measurement, Step } from './measurement.ts';
import { accounts, type AzCopy, connectionString, shares } from './programs.ts';

export interface FirstCopy {
  readonly emulatorUrl: string;
  readonly files: number;
  readonly farshare: () => Promise<RunReport>;
  readonly azcopy: AzCopy | undefined;
  readonly say: (line: string) => void;
}

const filesPerDirectory = 100;
const sizeBytes = 10 * 1024;

/** Each program with a destination of its own, one after the other, never at once. */
export async function measureFirstCopy(bench: FirstCopy): Promise<{ steps: Step[]; judgements: Judgement[] }> {
  await makeTree(bench);
  const steps: Step[] = [];
  const take = async (title: string): Promise<RunReport> => {
    bench.say(title);
    const { result: report, ...farshare } = await measured(bench, bench.farshare);
    const { azcopy: other } = bench;
    const azcopy = other && (await measured(bench, other.sync));
    const { total, floor } = report.requests;
    steps.push({ title, farshare, azcopy, reported: { requests: total, floor } });
    return report;
  };
  await take('First copy');
  await take('Second run, nothing changed');
  const changed = await changeSome(bench);
  const last = await take(`Third run, ${changed} files (1 %) overwritten`);
  bench.say('Comparing with the source');
  return { steps, judgements: await judge(bench, last) };
}

const share = ({ emulatorUrl }: FirstCopy, account: string, name: string) =>
  ShareServiceClient.fromConnectionString(connectionString(emulatorUrl, account)).getShareClient(name);

async function makeTree(bench: FirstCopy): Promise<void> {
  await share(bench, accounts.source, shares.source).create();
  await share(bench, accounts.destination, shares.farshare).create();
  await share(bench, accounts.destination, shares.azcopy).create();
  const spec = { account: accounts.source, share: shares.source, path: '', files: bench.files, filesPerDirectory };
  const response = await fetch(`${bench.emulatorUrl}/_emulator/tree`, {
    method: 'POST',
    body: JSON.stringify({ ...spec, depth: 1, sizeBytes, seed: 1 }),
  });
  if (!response.ok) throw new Error(`The tree was not made: ${response.status} ${await response.text()}`);
}

async function measured<T>(bench: FirstCopy, work: () => Promise<T>): Promise<Measurement & { result: T }> {
  const before = await readTraffic(bench.emulatorUrl);
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const traffic = trafficBetween(before, await readTraffic(bench.emulatorUrl));
  const requests: Record<string, number> = {};
  for (const operations of Object.values(traffic.accounts)) {
    for (const [operation, count] of Object.entries(operations)) {
      if (count > 0) requests[operation] = (requests[operation] ?? 0) + count;
    }
  }
  return {
    result,
    seconds,
    requests,
    bytes: { in: traffic.bytesIn, out: traffic.bytesOut, copied: traffic.bytesCopied },
  };
}

/** Overwrites every hundredth file with other content of the same size. */
async function changeSome(bench: FirstCopy): Promise<number> {
  const source = share(bench, accounts.source, shares.source);
  let changed = 0;
  for (let index = 0; index < bench.files; index += 100) {
    const directory = `d${String(Math.floor(index / filesPerDirectory)).padStart(5, '0')}`;
    const path = `${directory}/f${String(index).padStart(8, '0')}.bin`;
    await fileClient(source, path).uploadRange(Buffer.alloc(sizeBytes, `changed ${index} `), 0, sizeBytes);
    changed += 1;
  }
  return changed;
}

async function judge(bench: FirstCopy, { sourceSnapshot, restorePoint }: RunReport): Promise<Judgement[]> {
  const source = { connectionString: connectionString(bench.emulatorUrl, accounts.source), share: shares.source };
  const copied = (name: string) => ({
    connectionString: connectionString(bench.emulatorUrl, accounts.destination),
    share: name,
  });
  const left = { ...source, ...(sourceSnapshot && { snapshot: sourceSnapshot }) };
  const judgements = [
    {
      program: 'Farshare',
      verdict: await verdictOf(left, { ...copied(shares.farshare), ...(restorePoint && { snapshot: restorePoint }) }),
    },
  ];
  if (bench.azcopy === undefined) return judgements;
  return [...judgements, { program: 'AzCopy', verdict: await verdictOf(source, copied(shares.azcopy)) }];
}

async function verdictOf(left: Place, right: Place): Promise<string> {
  const options: ComparisonOptions = { content: 'hash', maxDifferences: 100_000 };
  const { equal, entries, differences } = await comparePlaces(left, right, options);
  if (equal) return `equal: ${entries} entries with content, times, attributes, permissions, headers, metadata`;
  const kinds = Object.entries(Object.groupBy(differences, ({ what }) => what));
  return kinds.map(([what, of]) => `${what} differs on ${of?.length ?? 0} entries`).join(', ');
}
