import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../emulator/store/index.ts';
import { Load, loadedShare, stepsSeen, type TakenSnapshot, type Writer } from './load.ts';
import { seededChance } from './random-changes.ts';
import { newFolder, openStore, seenTree } from './support.ts';

let folder: ReturnType<typeof newFolder>;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => {
  child?.kill('SIGKILL');
  folder.remove();
});

const ROUNDS = 20;
/** What was answered longer ago than this is there [docs/emulator.md]. */
const PROMISE_MS = 1000;

async function startEmulator(): Promise<number> {
  const flags = ['--port', '0', '--location', folder.path];
  child = spawn(process.execPath, ['emulator/main.ts', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return Number(/:(\d+) /u.exec(line.toString())?.[1]);
}

/** What of the load is there, compared with what must be. */
function checkKept(load: Load, killedAtMs: number) {
  const kept = openStore(folder.path);
  const isPromised = (answeredAtMs: number) => answeredAtMs < killedAtMs - PROMISE_MS;
  const steps = new Map(load.writers.map((writer) => [writer.name, stepsSeen(kept.store, writer) ?? -1]));
  const snapshots = kept.store.snapshots.list(loadedShare);
  const there = load.snapshots.filter(({ at }) => snapshots.includes(at));
  const lost = load.snapshots.filter((taken) => !there.includes(taken) && isPromised(taken.answeredAtMs));
  const wrong = lost.map(({ at }) => `snapshot ${at} is missing`);
  for (const writer of load.writers) {
    const seen = steps.get(writer.name) ?? -1;
    const least = writer.answeredAtMs.filter(isPromised).length;
    if (seen < least || seen > writer.sent) wrong.push(`${writer.name}: ${seen} of ${least} to ${writer.sent} steps`);
    wrong.push(...there.flatMap((taken) => wrongIn(kept.store, writer, taken)));
  }
  const entries = seenTree(kept.store, loadedShare).size;
  kept.close();
  return { wrong, steps, snapshots, entries };
}

/** A snapshot holds of each writer what was answered before it was asked for, and nothing sent after its answer. */
function wrongIn(store: Store, writer: Writer, { at, bounds }: TakenSnapshot): string[] {
  const seen = stepsSeen(store, writer, at) ?? -1;
  const { least = 0, most = 0 } = bounds.get(writer.name) ?? {};
  return seen < least || seen > most ? [`${writer.name} in ${at}: ${seen} of ${least} to ${most} steps`] : [];
}

test(
  'An emulator killed at any moment under load starts with everything answered a second before, snapshots whole',
  { timeout: 180_000 },
  async () => {
    const chance = seededChance(20_261_120);
    const load = new Load(6);
    await load.prepare(await startEmulator());
    const ended = once(child!, 'exit');
    child?.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);

    for (let round = 0; round < ROUNDS; round += 1) {
      const port = await startEmulator();
      const running = load.run(port, chance);
      await Promise.race([running, delay(100 + chance(1300))]);
      const gone = once(child!, 'exit');
      const killedAtMs = Date.now();
      child?.kill('SIGKILL');
      await Promise.all([running, gone]);

      const { wrong, steps, snapshots, entries } = checkKept(load, killedAtMs);

      expect(wrong, `round ${round}`).toEqual([]);
      expect(entries).toBeGreaterThan(load.writers.length);
      load.resumeAt(steps, snapshots);
    }
    expect(Math.min(...load.writers.map(({ sent }) => sent))).toBeGreaterThan(100);
    expect(load.snapshots.length).toBeGreaterThan(10);
  },
);
