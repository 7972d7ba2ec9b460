/** Restores in a scene: asked for, worked to their end, and compared with the restore point by the independent walker. */
import { expect } from 'vitest';
import type { RestoreRequest, RunReport } from '../../lib/model/index.ts';
import { comparePlaces } from '../../walker/index.ts';
import type { EngineProcess, Scene } from './engine-fixture.ts';
import type { SharePlace } from './engine-tree.ts';

/** By their names in a scene's configuration. */
const accounts: Readonly<Record<string, string>> = { production: 'devstoreaccount1', vault: 'devstoreaccount2' };

let shares = 0;
export const newShare = (): string => `restored-${process.pid}-${(shares += 1)}`;

export async function restore(of: EngineProcess, request: Partial<RestoreRequest> = {}): Promise<RunReport> {
  const id = await of.engine.startRestore({ from: { job: 'docs' }, ...request });
  const [report] = await of.drive([id]);
  return report as RunReport;
}

/** The whole place restored to equals the whole restore point, path by path and property by property. */
export async function expectEqualToPoint(scene: Scene, report: RunReport): Promise<void> {
  expect({ status: report.status, failures: report.failures }).toEqual({ status: 'succeeded', failures: [] });
  expect(await differencesToPoint(scene, report)).toEqual([]);
}

export async function differencesToPoint({ emulator }: Scene, report: RunReport) {
  const { from, to, point } = report.restore as NonNullable<RunReport['restore']>;
  const connectionOf = (account: string): string => emulator.connectionString(accounts[account] ?? account);
  const comparison = await comparePlaces(
    { connectionString: connectionOf(from.account), share: from.share, snapshot: point, directory: from.path },
    { connectionString: connectionOf(to.account), share: to.share, directory: to.path },
  );
  return comparison.differences;
}

/** Every file of a share with its content, and every empty directory, as the emulator's store has them. */
export function filesIn({ store }: Scene, place: SharePlace, path = ''): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (directory: string): void => {
    const ref = { ...place, path: directory, allowTrailingDot: true };
    const { entries } = store.directories.list(ref, {});
    if (entries.length === 0 && directory !== path) files[`${directory}/`] = '';
    for (const { name, kind } of entries) {
      const below = directory === '' ? name : `${directory}/${name}`;
      if (kind === 'directory') walk(below);
      else files[below] = textOf(store, { ...place, path: below, allowTrailingDot: true });
    }
  };
  walk(path);
  return files;
}

function textOf(store: Scene['store'], ref: Parameters<Scene['store']['files']['open']>[0]): string {
  const reader = store.files.open(ref);
  return Buffer.from(reader.read(0, Math.min(reader.properties.sizeBytes, 1_000))).toString();
}
