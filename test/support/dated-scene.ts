/** A dated destination of a few files, each written on a day of its own, and what befalls it. */
import type { VerifyOptions } from '../../lib/engine.ts';
import type { RunReport } from '../../lib/model/index.ts';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectExactRequests,
  type Scene,
  startProcess,
} from './engine-fixture.ts';

export const on = (day: string): { lastWriteTime: string } => ({ lastWriteTime: `${day}T10:00:00.1234567Z` });
export const destinations = [{ mode: 'dated' }];
export const tree = {
  'a/one.txt': { content: 'one', ...on('2024-02-01') },
  'a/b/two.txt': { content: 'two', ...on('2024-02-02') },
  'three.txt': { content: 'three', ...on('2024-02-03') },
};

export async function verify(
  scene: Scene,
  process: EngineProcess,
  options: VerifyOptions = { all: true },
): Promise<RunReport> {
  scene.emulator.stats.reset();
  const [report] = await process.drive(await process.engine.startVerify(scene.job.name, options));
  expectExactRequests(scene, report as RunReport);
  expectCountsAddUp(report as RunReport);
  return report as RunReport;
}

/** Changes a file of the destination behind everybody's back: its listing stays as it was. */
export function rot(scene: Scene, path: string): void {
  const at = scene.destination.at(path);
  const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
  scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('!')));
  scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
}

export function textOf(scene: Scene, path: string): string {
  const reader = scene.store.files.open(scene.destination.at(path));
  return Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString();
}

/** A process of the same state that compares no content after its runs: what it seals nobody has looked at. */
export function trusting(scene: Scene, { context: { state } }: EngineProcess): EngineProcess {
  const job = { ...scene.job, verify: { ...scene.job.verify, samplePercent: 0 } };
  const loaded = { ...scene.loaded, config: { ...scene.loaded.config, jobs: [job] } };
  return startProcess(loaded, job, { state });
}
