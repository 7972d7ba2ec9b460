/** Plays many cases at once: a run waits for the service's next second, so that one after the other would mostly wait. */
import fc from 'fast-check';
import { DEFAULT_SWITCHES } from '../../../emulator/store/index.ts';
import { treeCase, type TreeCase } from './case.ts';
import { play } from './play.ts';

export interface Campaign {
  readonly cases: number;
  readonly seed: number;
  /** How fast-check's report names the way to one counterexample; then only that one is played. */
  readonly path?: string | undefined;
  readonly atOnce?: number;
  /** After this long a counterexample is shown as it is. */
  readonly shrinkMs?: number;
  /** No new cases after this, in milliseconds from now. */
  readonly endAfterMs?: number;
  /** Called with each shrunk counterexample as soon as it is found. */
  readonly onFailure?: (failure: string) => void;
  /** Called as each case begins; not for those that shrink a counterexample. */
  readonly onCase?: () => void;
}

export interface CampaignResult {
  readonly played: number;
  /** Each with the shrunk counterexample and how to see it again. */
  readonly failures: readonly string[];
}

export async function playCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { cases, seed, path, atOnce = 24 } = campaign;
  const lanes = path === undefined ? Math.min(atOnce, cases) : 1;
  const results = await Promise.all(
    Array.from({ length: lanes }, (_, index) =>
      playLanes(campaign, { seed: seed + index, cases: path === undefined ? Math.ceil((cases - index) / lanes) : 1 }),
    ),
  );
  return {
    played: results.reduce((sum, { played }) => sum + played, 0),
    failures: results.flatMap(({ failures }) => failures),
  };
}

interface Lane {
  readonly seed: number;
  readonly cases: number;
}

/** Far from the seeds of the other lanes. */
const nextSeed = 100_000;
/** Then something is wrong that more of them do not show better. */
const mostFailures = 3;

/** Goes on with other cases after a failure. */
async function playLanes(campaign: Campaign, { seed, cases }: Lane): Promise<CampaignResult> {
  const failures: string[] = [];
  let played = 0;
  for (let turn = 0; played < cases && failures.length < mostFailures; turn += 1) {
    const lane = await playLane(campaign, { seed: seed + turn * nextSeed, cases: cases - played });
    played += lane.played;
    failures.push(...lane.failures);
    if (lane.failures.length === 0) break;
  }
  return { played, failures };
}

/** One case after the other, until one fails. */
async function playLane(
  { path, shrinkMs = 120_000, endAfterMs = Number.POSITIVE_INFINITY, onFailure, onCase }: Campaign,
  { seed, cases }: Lane,
): Promise<CampaignResult> {
  const begunAt = performance.now();
  let [played, failedAt] = [0, Number.POSITIVE_INFINITY];
  const property = fc.asyncProperty(treeCase, async (one) => {
    const now = performance.now();
    if (now - begunAt > endAfterMs || now - failedAt > shrinkMs) return;
    if (failedAt === Number.POSITIVE_INFINITY) {
      played += 1;
      onCase?.();
    }
    try {
      await play(one);
    } catch (error) {
      failedAt = Math.min(failedAt, performance.now());
      throw error;
    }
  });
  const parameters = { seed, numRuns: cases, ...(path === undefined ? {} : { path, endOnFailure: true }) };
  const run = await fc.check(property, parameters);
  if (!run.failed) return { played, failures: [] };
  const failure = describeFailure(run);
  onFailure?.(failure);
  return { played, failures: [failure] };
}

function describeFailure(run: fc.RunDetails<[TreeCase]>): string {
  const { seed, counterexamplePath, counterexample, errorInstance, numShrinks } = run;
  const again = `FARSHARE_SEED=${seed} FARSHARE_PATH=${counterexamplePath ?? ''}`;
  return [
    `seed ${seed}, path ${counterexamplePath ?? ''} (shrunk ${numShrinks} times)`,
    String(errorInstance),
    shown(counterexample?.[0]),
    `Again: ${again} npx vitest run --project integration random-trees`,
  ].join('\n');
}

const defaults: Readonly<Record<string, unknown>> = DEFAULT_SWITCHES;

/** Without the switches that stand as they are by default. */
function shown(one: TreeCase | undefined): string {
  if (one === undefined) return '';
  const unusual = Object.entries(one.switches).filter(([name, value]) => value !== defaults[name]);
  const text = JSON.stringify({ ...one, switches: Object.fromEntries(unusual) }, undefined, 1);
  return text.replaceAll(/\n\s*/gu, ' ').replaceAll(/(.)\1{20,}/gu, '$1$1$1…');
}
