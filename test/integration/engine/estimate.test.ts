import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type PriceTable, priceTableSchema, type RunReport } from '../../../lib/model/index.ts';
import { type EngineProcess, startScene } from '../../support/engine-fixture.ts';

const pricesOf = async (): Promise<PriceTable> =>
  priceTableSchema.parse(JSON.parse(await readFile(new URL('../../../cli/prices.json', import.meta.url), 'utf8')));

async function estimateAndRun(process: EngineProcess) {
  const { runId } = await process.run({ dryRun: true });
  const estimate = await process.engine.estimate(runId, await pricesOf());
  return { estimate, report: await process.run() };
}

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const listed = ['CopyFile', 'CreateFile', 'PutRangeFromURL', 'CreateDirectory', 'DeleteFile', 'SetFileProperties'];
type Counts = RunReport['requests']['source'];
const only = (requests: RunReport['requests']['source']) =>
  Object.fromEntries(listed.flatMap((name) => (requests[name] === undefined ? [] : [[name, requests[name]]])));

test('What a dry run reckons is what the run then needs, but for a few requests around it', async () => {
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`d${n % 3}/f${n}.txt`, `content ${n}`]));
  await using scene = await startScene({
    tree: { ...files, 'd0/empty': '' },
    job: { guard, verify: { samplePercent: 0 } },
  });
  // Made by the first run of an account, once.
  const catalog = { account: scene.destination.account, share: 'farshare-catalog' };
  scene.store.shares.create(catalog, { quota: 1 });
  for (const path of ['manifests', 'manifests/docs', `manifests/docs/place1.${scene.destination.share}`])
    scene.store.directories.create({ ...catalog, path });
  const process = scene.engine();

  const first = await estimateAndRun(process);
  scene.source.write({ 'd0/f0.txt': 'changed', 'd1/new.txt': 'new' });
  for (const path of ['d2/f2.txt', 'd2/f5.txt']) scene.store.files.delete(scene.source.at(path));
  const second = await estimateAndRun(process);

  for (const { estimate, report } of [first, second]) {
    expect(only(estimate.requests.destination)).toEqual(only(report.requests.destination));
    expect(estimate.bytesToCopy).toBe(report.bytes.copied);
    expect(Math.abs(estimate.requests.total - report.requests.total)).toBeLessThan(10);
    expect(Math.abs(estimate.requests.floor - report.requests.floor)).toBeLessThan(10);
  }
});

test('In dated mode it reckons with the directories under the dates, and with no second listing', async () => {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`a/d${n % 3}/f${n}.txt`, `content ${n}`]));
  await using scene = await startScene({
    tree: files,
    job: { guard, verify: { samplePercent: 0 } },
    destinations: [{ mode: 'dated', dateBy: 'run' }],
  });
  const process = scene.engine();
  await process.run();
  scene.source.write({ 'a/d0/f0.txt': 'changed', 'a/d1/new.txt': 'new' });

  const { estimate, report } = await estimateAndRun(process);

  const ofDirectories = ({ source, destination }: { source: Counts; destination: Counts }) => ({
    ...{ listed: source['ListFilesAndDirectories'], looked: source['GetDirectoryProperties'] },
    ...{ made: destination['CreateDirectory'], set: destination['SetDirectoryProperties'] },
  });
  expect(ofDirectories(estimate.requests)).toEqual(ofDirectories(report.requests));
  expect(Math.abs(estimate.requests.total - report.requests.total)).toBeLessThan(10);
  expect(Math.abs(estimate.requests.floor - report.requests.floor)).toBeLessThan(10);
});
