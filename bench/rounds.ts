/**
 * The steps of the benchmark, round after round, the programs in turn within each step: what each asks of the service for the
 * same outcome. The emulator proves which requests are made, not how fast the cloud is.
 */
import { readTraffic, trafficBetween } from '../demo/emulator-stats.ts';
import type { RunReport } from '../lib/model/index.ts';
import { comparePlaces, type Place } from '../walker/index.ts';
import { type Judgement, type Measurement, type Step, totalOf } from './measurement.ts';
import type { Sync } from './programs.ts';
import {
  accounts,
  changeLarge,
  changeSmall,
  connectionString,
  destinationOf,
  type Program,
  type Size,
  type Tree,
} from './shares.ts';

export interface Bench {
  readonly emulatorUrl: string;
  readonly size: Size;
  readonly syncs: ReadonlyMap<Program, Sync>;
  readonly say: (line: string) => void;
}

interface PlannedStep {
  readonly title: string;
  readonly tree: Tree;
  /** What happens to the source before it. */
  readonly before?: (bench: Bench, round: number) => Promise<void>;
  /** Only prepares the next one. */
  readonly isLeftOut?: boolean;
}

const steps: readonly PlannedStep[] = [
  { title: 'First copy', tree: 'small' },
  { title: 'No change', tree: 'small' },
  {
    title: '1 % of the files changed',
    tree: 'small',
    before: ({ emulatorUrl, size }, round) => changeSmall(emulatorUrl, size.files, round),
  },
  { title: 'First copy of the large file', tree: 'large', isLeftOut: true },
  {
    title: '1 % of a large file changed',
    tree: 'large',
    before: ({ emulatorUrl, size }, round) => changeLarge(emulatorUrl, size.largeMebibytes, round),
  },
];

const names: Readonly<Record<Program, string>> = {
  cli: 'Farshare CLI',
  functions: 'Farshare functions',
  azcopy: 'AzCopy',
};

export async function runRounds(bench: Bench): Promise<{ steps: Step[]; judgements: Judgement[] }> {
  const measured = new Map<string, Map<Program, Measurement[]>>();
  const last = new Map<string, RunReport | undefined>();
  for (let round = 1; round <= bench.size.rounds; round += 1) {
    for (const step of steps) {
      await step.before?.(bench, round);
      // Nobody is always the first to come after a change.
      for (const [program, sync] of turned([...bench.syncs], round)) {
        bench.say(`Round ${round}: ${step.title}, ${names[program]}`);
        const { measurement, report } = await measure(bench, () => sync(step.tree, round));
        bench.say(`  ${measurement.seconds.toFixed(1)} s, ${totalOf(measurement)} requests`);
        last.set(`${program} ${step.tree}`, report);
        if (step.isLeftOut === true) continue;
        const ofStep = measured.get(step.title) ?? new Map<Program, Measurement[]>();
        measured.set(step.title, ofStep.set(program, [...(ofStep.get(program) ?? []), measurement]));
      }
    }
  }
  bench.say('Comparing with the sources');
  return {
    steps: [...measured].map(([title, ofStep]) => ({
      title,
      programs: [...ofStep].map(([program, rounds]) => ({ program: names[program], rounds })),
    })),
    judgements: await judge(bench, last),
  };
}

function turned<T>(all: readonly T[], round: number): T[] {
  const at = (round - 1) % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}

async function measure(bench: Bench, work: () => ReturnType<Sync>) {
  const before = await readTraffic(bench.emulatorUrl);
  const startedAt = performance.now();
  const { report, peakMebibytes } = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const traffic = trafficBetween(before, await readTraffic(bench.emulatorUrl));
  const requests: Record<string, number> = {};
  for (const operations of Object.values(traffic.accounts)) {
    for (const [operation, count] of Object.entries(operations)) {
      if (count > 0) requests[operation] = (requests[operation] ?? 0) + count;
    }
  }
  const { bytesCopied } = traffic;
  const reported = report?.requests;
  const measurement: Measurement = { seconds, requests, bytesCopied, peakMebibytes, reported };
  return { measurement, report };
}

/** The outcome of the last round, entry by entry. */
async function judge(bench: Bench, last: ReadonlyMap<string, RunReport | undefined>): Promise<Judgement[]> {
  const place = (account: string, share: string): Place => ({
    connectionString: connectionString(bench.emulatorUrl, account),
    share,
  });
  const judgements: Judgement[] = [];
  for (const program of bench.syncs.keys()) {
    for (const tree of ['small', 'large'] as const) {
      const report = last.get(`${program} ${tree}`);
      const from = {
        ...place(accounts.source, tree),
        ...(report?.sourceSnapshot && { snapshot: report.sourceSnapshot }),
      };
      const share = destinationOf(program, tree, bench.size.rounds);
      const to = {
        ...place(accounts.destination, share),
        ...(report?.restorePoint && { snapshot: report.restorePoint }),
      };
      judgements.push({ program: `${names[program]}, ${tree}`, verdict: await verdictOf(from, to) });
    }
  }
  return judgements;
}

async function verdictOf(left: Place, right: Place): Promise<string> {
  const { equal, entries, differences } = await comparePlaces(left, right, { maxDifferences: 100_000 });
  if (equal) return `equal: ${entries} entries with content, times, attributes, permissions, headers, metadata`;
  const kinds = Object.entries(Object.groupBy(differences, ({ what }) => what));
  return kinds.map(([what, of]) => `${what} differs on ${of?.length ?? 0} entries`).join(', ');
}
