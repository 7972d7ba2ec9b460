/** A first backup, an incremental one, a restore, and pruning, between two accounts, each judged by the walker. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Backups, changeTree, startBackups, writeTree } from './backups.ts';
import { isSkipped, openTarget, type Target } from './target.ts';

describe.skipIf(isSkipped)('From one account to another', () => {
  let target: Target;
  let backups: Backups;
  beforeAll(async () => {
    target = await openTarget();
    backups = await startBackups(target);
    await writeTree(backups.from);
  });
  afterAll(async () => {
    await backups[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  test('the check finds nothing that would stop the first run', async () => {
    const findings = await backups.engine.check();

    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('a first run copies everything, and its restore point equals the source snapshot', async () => {
    const report = await backups.run();

    expect(report).toMatchObject({
      status: 'succeeded',
      failures: [],
      counts: { files: 6, directories: 3, failed: 0 },
    });
    expect(await backups.compare(report)).toMatchObject({ equal: true, differences: [] });
  });

  test('a run without changes copies nothing', async () => {
    const report = await backups.run();

    expect(report).toMatchObject({
      status: 'succeeded',
      counts: { copied: 0, rangeCopied: 0, propertiesSet: 0, deleted: 0 },
    });
  });

  test('a run after changes copies those, deletes what is gone, and equals again', async () => {
    await changeTree(backups.from);

    const report = await backups.run();

    expect(report).toMatchObject({ status: 'succeeded', failures: [], counts: { deleted: 2 } });
    expect(await backups.compare(report)).toMatchObject({ equal: true, differences: [] });
  });

  test('what is restored from the newest point is there', async () => {
    const to = { account: 'production', share: backups.from.name, path: 'restored' };

    const report = await backups.drive(await backups.engine.startRestore({ from: { job: 'docs' }, to }));

    expect(report).toMatchObject({ kind: 'restore', status: 'succeeded', failures: [] });
    const content = await backups.from.rootDirectoryClient.getFileClient('restored/docs/small.txt').downloadToBuffer();
    expect(content.toString()).toBe('SMALL');
  });

  test('retention keeps two points, each held by its lease', async () => {
    const points = await backups.engine.points('docs');

    expect(points).toHaveLength(2);
    for (const { snapshot } of points) {
      const properties = await backups.to.withSnapshot(snapshot).getProperties();
      expect(properties.leaseDuration).toBe('infinite');
    }
  });
});
