import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { seededChance } from '../persistence/random-changes.ts';
import { newFolder } from '../persistence/support.ts';
import { readStats, startEmulator } from '../wire/fixture.ts';
import { SignedClient } from './signed-client.ts';
import { numberIn, prepareWorld, SHARE, Visitor, VISITORS, World } from './visitor.ts';

const ACTIONS = 90;

let emulator: FilesEmulator;
let folder: ReturnType<typeof newFolder>;
let clients: SignedClient[];
beforeEach(() => {
  folder = newFolder();
});
afterEach(async () => {
  clients.forEach((client) => client.close());
  await emulator.stop();
  folder.remove();
});

/** Lets the crowd act, each visitor one action after the other, all of them at once. */
async function runCrowd(seed: number): Promise<{ world: World; visitors: Visitor[] }> {
  const world = new World();
  clients = Array.from({ length: VISITORS }, () => new SignedClient(emulator.port));
  await prepareWorld(clients[0] as SignedClient);
  const visitors = clients.map(
    (client, index) => new Visitor(index, { client, world, chance: seededChance(seed * 1000 + index) }),
  );
  const act = async (visitor: Visitor) => {
    for (let action = 0; action < ACTIONS; action += 1) await visitor.act();
    await visitor.list();
  };
  await Promise.all(visitors.map(act));
  return { world, visitors };
}

async function counted(counter: number): Promise<number> {
  const { body } = await (clients[0] as SignedClient).call('GET', `${SHARE}/counter${counter}`);
  return Number(body.readBigUInt64LE());
}

describe('64 clients at once', () => {
  test.each([
    ['in memory', false, 1],
    ['at a location', true, 2],
  ])('lose no update and see no torn snapshot %s', { timeout: 120_000 }, async (_, hasLocation, seed) => {
    emulator = await startEmulator(hasLocation ? { location: folder.path } : {});

    const { world, visitors } = await runCrowd(seed);

    expect(world.wrong).toEqual([]);
    const [witness] = visitors as [Visitor];
    const live = {
      first: await witness.contentIn(undefined, 'first'),
      second: await witness.contentIn(undefined, 'second'),
    };
    const numbers = world.written.map((_written, owner) => [numberIn(live.first, owner), numberIn(live.second, owner)]);
    expect(numbers).toEqual(world.written.map(({ first, second }) => [first[0], second[0]]));
    expect(await Promise.all(world.increments.map((_count, counter) => counted(counter)))).toEqual(world.increments);
    expect([...world.makers.values()].filter((makers) => makers.length !== 1)).toEqual([]);
    for (const { at, first, second } of world.snapshots) {
      expect([await witness.contentIn(at, 'first'), await witness.contentIn(at, 'second')]).toEqual([first, second]);
    }
    expect(world.snapshots.length).toBeGreaterThan(10);
    expect(Math.min(...world.increments)).toBeGreaterThan(3);
    expect((await readStats(emulator)).mostConcurrent).toBeGreaterThan(16);
  });
});
