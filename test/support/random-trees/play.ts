/** Plays a case: changes the source, runs, and compares each restore point with what it says it equals. */
import { appendFileSync } from 'node:fs';
import { startFilesEmulator, type FilesEmulator } from '../../../emulator/index.ts';
import { openLocalState, systemClock } from '../../../lib/local/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { activeRuns } from '../../../lib/run/index.ts';
import type { Clock } from '../../../lib/run/ports.ts';
import { readRun } from '../../../lib/run/run-state.ts';
import { startScene, type EngineProcess, type ProcessOptions, type Scene } from '../engine-fixture.ts';
import { mortal } from '../mortal-process.ts';
import type { Round, Settings, TreeCase, Trouble } from './case.ts';
import { RandomChanges } from './changes.ts';
import { alike, DatedModel } from './dated-model.ts';
import { differencesOf, type EntryImage, onlyRight, readTree, type TreeImage } from './image.ts';
import { MirrorModel } from './mirror-model.ts';
import { directoryAttributes, exclusions, fileAttributes } from './pools.ts';

/** A run that takes longer than this, of a tree of a few entries, does not end. */
const longestRunMs = 120_000;
/** After this, leases and locks of a dead process have ended. */
const tenMinutes = 600_000;

export class CaseFailure extends Error {
  override readonly name = 'CaseFailure';
}

/** @throws CaseFailure that says what is wrong, in which round */
export async function play(treeCase: TreeCase): Promise<void> {
  const time = new CaseTime();
  const defects: unknown[] = [];
  const emulator = await startFilesEmulator({
    switches: treeCase.switches,
    ...(process.env['FLOG']
      ? { log: (e: object) => appendFileSync(process.env['FLOG'] ?? '', `${JSON.stringify(e)}\n`) }
      : {}),
    clock: { nowMs: () => time.clock.now() },
    reportDefect: (error) => void defects.push(error),
  });
  try {
    const scene = await sceneOf(emulator, treeCase.settings);
    const player = new Player(scene, treeCase, time);
    for (const [index, round] of treeCase.rounds.entries()) {
      try {
        await player.round(round);
      } catch (error) {
        throw new CaseFailure(`Round ${index + 1}: ${String(error)}`, { cause: error });
      }
    }
    if (defects.length > 0) throw new CaseFailure(`The emulator failed: ${defects.map(String).join('; ')}`);
  } finally {
    await emulator.stop();
  }
}

/** The machine's time, and how far the case is ahead of it. */
class CaseTime {
  /** Begins at noon: a run that is made again after some minutes is of the same day. */
  #aheadMs = Date.UTC(2027, 2, 14, 12) - systemClock.now();
  readonly clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + this.#aheadMs,
    monotonic: () => systemClock.monotonic() + this.#aheadMs,
  };

  pass(milliseconds: number): void {
    this.#aheadMs += milliseconds;
  }
}

function sceneOf(emulator: FilesEmulator, settings: Settings): Promise<Scene> {
  const { modes, copyMethod, delta, deletions, exclude, sourcePath, destinationPath } = settings;
  const { concurrentShards, concurrentCopies } = settings;
  return startScene({
    emulator,
    tree: sourcePath === '' ? {} : { [`${sourcePath}/`]: {} },
    source: { path: `/${sourcePath}` },
    destinations: modes.map((mode) => ({ mode, path: `/${destinationPath}` })),
    job: {
      copyMethod,
      delta,
      deletions,
      exclude: [...exclude],
      guard: { maxDeletedPercent: 100, maxChangedPercent: 100 },
      limits: { concurrentShards, concurrentCopies },
      // A mirror is compared with the source itself.
      verify: { samplePercent: modes.includes('dated') ? 100 : 0 },
    },
  });
}

class Player {
  readonly #scene: Scene;
  readonly #case: TreeCase;
  readonly #time: CaseTime;
  readonly #changes: RandomChanges;
  readonly #models: readonly (MirrorModel | DatedModel)[];
  readonly #seen = new Map<string, TreeImage>();
  /** Runs that may have been shown too little of the destination: what they were not shown, they could not delete. */
  readonly #misled = new Set<string>();
  /** Without it a dated run saves files again that it cannot tell from new ones. */
  #isBaseLost = false;
  #written: ReadonlySet<string> = new Set();
  #processes: EngineProcess[] = [];
  #state = openLocalState(':memory:');

  constructor(scene: Scene, treeCase: TreeCase, time: CaseTime) {
    this.#scene = scene;
    this.#case = treeCase;
    this.#time = time;
    const attributes = { file: fileAttributes, directory: directoryAttributes };
    this.#changes = new RandomChanges(scene.store, scene.source, treeCase.settings.sourcePath, attributes);
    const { modes, deletions } = treeCase.settings;
    this.#models = modes.map((mode) => (mode === 'dated' ? new DatedModel() : new MirrorModel(deletions)));
  }

  async round(round: Round): Promise<void> {
    const untouched = (): TreeImage => this.#wholeSource(undefined);
    for (const change of round.changes) this.#changes.make(change);
    this.#written = new Set(this.#changes.takeWritten().map(alike));
    this.#time.pass(round.pauseMs);
    if (round.losesState) this.#state = openLocalState(':memory:');
    if (round.losesBase) this.#deleteBase();
    this.#isBaseLost = round.losesBase;
    this.#processes = [];
    const [whole, before] = [untouched(), this.#sourceTree(undefined)];
    this.#scene.emulator.stats.reset();
    const reports = await this.#runUntilSealed(round, before);
    this.#lookAtSnapshots();
    for (const [index, { name }] of this.#scene.job.destinations.entries()) {
      const own = reports.filter(({ destination }) => destination === name);
      await this.#expectRightRuns(own, index, before);
      const isLast = round === this.#case.rounds.at(-1);
      if (isLast && this.#case.settings.modes[index] === 'dated') await this.#expectVerified(name);
    }
    expectNone('The source was changed', differencesOf(whole, untouched()));
  }

  /** What a restore would take of each file is what the source has. */
  async #expectVerified(destination: string): Promise<void> {
    this.#time.pass(tenMinutes);
    const process = this.#process();
    const [report] = await this.#drive(process, await process.engine.startVerify('docs', { all: true, destination }));
    if (report?.status !== 'succeeded') throw new CaseFailure(`Verified: ${JSON.stringify(report?.failures)}`);
  }

  /** The runs of one destination, each gone on from the one before; the newest is of the source as it is. */
  async #expectRightRuns(reports: readonly RunReport[], index: number, before: TreeImage): Promise<void> {
    const last = reports.at(-1);
    if (last === undefined) throw new CaseFailure(`No report of destination ${index + 1}.`);
    for (const report of reports) await this.#expectRight(report, index, before);
    const newest = this.#snapshotTree(last.sourceSnapshot ?? '') ?? before;
    expectNone('The source snapshot is not the source', differencesOf(before, newest));
    const point = this.#destinationTree(index, last.restorePoint ?? '');
    const live = this.#destinationTree(index, undefined);
    expectNone('The newest point is not the live tree', differencesOf(point, live));
  }

  /** What troubles left behind is put right by runs that have none: the first, or the second where a person is asked. */
  async #runUntilSealed(round: Round, before: TreeImage): Promise<readonly RunReport[]> {
    let reports = await this.#troubledRun(round);
    for (let tries = 0; tries < 3 && !reports.every(isSealed); tries += 1) {
      this.#expectHonest(reports);
      if (round.trouble.kind === 'none' && !reports.every(isAnswered)) break;
      const isAsked = reports.some(({ status }) => status === 'awaiting-approval');
      if (isAsked) this.#expectQuestion(reports, before);
      this.#time.pass(tenMinutes);
      reports = await this.#run(this.#process(), { full: round.full, approve: isAsked });
    }
    if (!hidesEntries(round.trouble) || !reports.every(isSealed)) return reports;
    for (const { runId } of reports) this.#misled.add(runId);
    this.#time.pass(tenMinutes);
    const more = await this.#run(this.#process(), {});
    if (!more.some(({ status }) => status === 'awaiting-approval')) return [...reports, ...more];
    // Only now has it been shown what the destination holds.
    this.#expectQuestion(more, before);
    this.#time.pass(tenMinutes);
    return [...reports, ...more.filter(isSealed), ...(await this.#run(this.#process(), { approve: true }))];
  }

  async #troubledRun(round: Round): Promise<readonly RunReport[]> {
    const { trouble } = round;
    const { full } = round;
    if (trouble.kind === 'none') return this.#run(this.#process(), { full });
    if (trouble.kind === 'death') return this.#runAndDie(trouble, full);
    const { faults } = this.#scene.emulator;
    faults.replace(trouble.faults);
    try {
      return await this.#run(this.#process(), { full });
    } finally {
      faults.clear();
    }
  }

  async #runAndDie(
    { afterEffect, losesState }: Extract<Round['trouble'], { kind: 'death' }>,
    full: boolean,
  ): Promise<readonly RunReport[]> {
    const life = mortal(afterEffect);
    const first = this.#process(life.ports);
    const runIds = await first.engine.startRuns('docs', { full }).catch(() => []);
    const reports = await first.drive(runIds, { signal: life.died }).catch((error: unknown) => {
      if (!life.died.aborted) throw error;
      return [];
    });
    if (!life.died.aborted) return reports;
    this.#time.pass(tenMinutes);
    if (losesState) this.#state = openLocalState(':memory:');
    const second = this.#process();
    const interrupted = (await activeRuns(second.context, 'docs')).map(({ runId }) => runId);
    const known = [...new Set(losesState ? interrupted : [...runIds, ...interrupted])];
    // It may have died between the starts of two.
    for (const { name } of this.#scene.job.destinations) {
      if (known.some((runId) => runId.startsWith(`docs-${name}-`))) continue;
      known.push(...(await second.engine.startRuns('docs', { full, destination: name })));
    }
    return this.#drive(second, known.toSorted());
  }

  #process(options: ProcessOptions = {}): EngineProcess {
    const { shardEntries, shardMs } = this.#case.settings;
    const process = this.#scene.engine({
      ...options,
      state: this.#state,
      clock: this.#time.clock,
      margins: { shardEntries, shardMs },
    });
    this.#processes.push(process);
    return process;
  }

  /** Before a listing showed that its order is another one, a file may have been taken for new. */
  #hasMetDisorder(): boolean {
    const sent = this.#processes.flatMap(({ events }) => events);
    return sent.some(({ name, properties }) => name === 'backup.listing.unordered' && properties['scanAgain'] === true);
  }

  async #run(process: EngineProcess, start: Parameters<EngineProcess['runAll']>[0]): Promise<readonly RunReport[]> {
    return this.#drive(process, await process.engine.startRuns('docs', start ?? {}));
  }

  async #drive(process: EngineProcess, runIds: readonly string[]): Promise<readonly RunReport[]> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), longestRunMs);
    try {
      const reports = await process.drive(runIds, { signal: over.signal });
      if (over.signal.aborted) throw new CaseFailure(`A run does not end: ${JSON.stringify(reports)}`);
      return reports;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Of the source, what the job selects. */
  #sourceTree(snapshot: string | undefined): TreeImage {
    const { exclude } = this.#case.settings;
    const isLeftOut = (part: string): boolean => exclude.some((pattern) => exclusions.get(pattern)?.(part) === true);
    const isSelected = ([path]: [string, EntryImage]): boolean => !alike(path).split('/').some(isLeftOut);
    return new Map([...this.#wholeSource(snapshot)].filter(isSelected));
  }

  #wholeSource(snapshot: string | undefined): TreeImage {
    const { store, source } = this.#scene;
    return readTree(store, { ...source, snapshot, directory: this.#case.settings.sourcePath });
  }

  /**
   * A run may be of a snapshot that an earlier round has left, and have it pruned once another has gone on from it. One that
   * nobody has seen was taken and pruned in this round, and is the source as it is.
   */
  #snapshotTree(snapshot: string): TreeImage | undefined {
    return this.#seen.get(snapshot);
  }

  /** Without any of those that Farshare has made, the share would be taken for another one. */
  #deleteBase(): void {
    const { source, store } = this.#scene;
    const [newest, ...others] = source.snapshots().toSorted((a, b) => (a.snapshot < b.snapshot ? 1 : -1));
    if (newest === undefined || others.length === 0) return;
    const target = { account: source.account, share: source.share, snapshot: newest.snapshot };
    if (newest.leased) store.leases.break(target, { breakPeriodSeconds: 0 });
    store.shares.delete(target);
  }

  #lookAtSnapshots(): void {
    for (const { snapshot } of this.#scene.source.snapshots()) {
      if (!this.#seen.has(snapshot)) this.#seen.set(snapshot, this.#sourceTree(snapshot));
    }
  }

  #destinationTree(index: number, snapshot: string | undefined): TreeImage {
    const { store, destinations } = this.#scene;
    const { account, share } = destinations[index] as Scene['destination'];
    return readTree(store, { account, share, snapshot, directory: this.#case.settings.destinationPath });
  }

  /** A run that is not sealed says so and why, and has left no restore point. */
  #expectHonest(reports: readonly RunReport[]): void {
    for (const report of reports) {
      if (isSealed(report)) continue;
      if (report.restorePoint !== null || !['failed', 'awaiting-approval'].includes(report.status))
        throw new CaseFailure(`A run that is not sealed: ${JSON.stringify(report)}`);
    }
  }

  /** With all percentages at 100 only one thing trips: nothing is left of the source. */
  #expectQuestion(reports: readonly RunReport[], source: TreeImage): void {
    if (source.size > 1) throw new CaseFailure(`The guard asks: ${JSON.stringify(reports.map(({ guard }) => guard))}`);
  }

  async #expectRight(report: RunReport, index: number, before: TreeImage): Promise<void> {
    const { status, failures, guard, sourceSnapshot, restorePoint } = report;
    if (!isSealed(report) || sourceSnapshot === null || restorePoint === null)
      throw new CaseFailure(`The run is ${status}: ${JSON.stringify({ failures, guard, restorePoint })}`);
    const source = this.#snapshotTree(sourceSnapshot) ?? before;
    const ignore = this.#case.switches.changeTimeIsSettable === false ? ['changeTime'] : [];
    const point = this.#destinationTree(index, restorePoint);
    const model = this.#models[index] as DatedModel | MirrorModel;
    // The run may have begun before the one that was asked for.
    const full = (await readRun(this.#state, report.runId))?.value.full === true;
    const misled = this.#misled.has(report.runId);
    const isUnsure = misled || this.#isBaseLost || this.#hasMetDisorder();
    const mayRepeat = (path: string): boolean => isUnsure || this.#written.has(alike(path));
    model.take(source, { snapshot: sourceSnapshot, full, mayRepeat, tree: point });
    const isKnown = (line: string): boolean => !misled || !line.endsWith(onlyRight);
    expectNone('Model and restore point differ', model.differencesFrom(point, ignore).filter(isKnown));
    expectEachCountedOnce(report, source);
  }
}

const hidesEntries = (trouble: Trouble): boolean =>
  trouble.kind === 'faults' &&
  trouble.faults.some(({ action }) => 'listing' in action && action.listing === 'dropEntries');

const isSealed = ({ status, restorePoint }: RunReport): boolean => status === 'succeeded' && restorePoint !== null;
const isAnswered = (report: RunReport): boolean => isSealed(report) || report.status === 'awaiting-approval';

/** However often the run has listed everything. */
function expectEachCountedOnce({ counts, bytes }: RunReport, source: TreeImage): void {
  const files = [...source.values()].filter(({ kind }) => kind === 'file');
  const directories = source.size - 1 - files.length;
  const scanned = files.reduce((sum, { size }) => sum + Number(size), 0);
  const sum = counts.unchanged + counts.copied + counts.rangeCopied + counts.propertiesSet + counts.failed;
  const isRight =
    counts.files === files.length &&
    sum === files.length &&
    counts.directories === directories &&
    counts.streamed <= counts.copied &&
    bytes.scanned === scanned;
  if (isRight && Object.values(counts).every((count) => count >= 0)) return;
  const expected = JSON.stringify({ files: files.length, directories, scanned });
  throw new CaseFailure(`Counts of ${expected}: ${JSON.stringify({ ...counts, scanned: bytes.scanned })}`);
}

function expectNone(what: string, lines: readonly string[]): void {
  if (lines.length > 0) throw new CaseFailure(`${what}: ${lines.slice(0, 12).join('; ')}`);
}
