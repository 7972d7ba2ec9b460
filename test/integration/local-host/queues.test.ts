import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fixture } from './fixture.ts';
import { startFixture, toBase64, until } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
  await fixture.startHost({ invisibilitySeconds: 2 });
});
afterAll(async () => fixture.stop());

async function send(queueName: string, text: string): Promise<void> {
  await fixture.queue(queueName).createIfNotExists();
  await fixture.queue(queueName).sendMessage(text);
}

/** Takes the next message of the queue `seen`, where the fixture's outputs go. */
async function nextSeen(): Promise<string> {
  return until(async () => {
    const queue = fixture.queue('seen');
    if (!(await queue.exists())) return undefined;
    const [item] = (await queue.receiveMessages({ numberOfMessages: 1 })).receivedMessageItems;
    if (!item) return undefined;
    await queue.deleteMessage(item.messageId, item.popReceipt);
    return Buffer.from(item.messageText, 'base64').toString();
  });
}

async function echo(body: string) {
  await send('echo-in', toBase64(body));
  return JSON.parse(await nextSeen()) as { message: unknown; type: string; metadata: Record<string, unknown> };
}

test('queue functions hand the handler an object for JSON, a number for digits, else a string', async () => {
  expect(await echo('{"a":{"b":[1]}}')).toMatchObject({ message: { a: { b: [1] } }, type: 'object' });
  expect(await echo('42')).toMatchObject({ message: 42, type: 'number' });
  expect(await echo('plain words')).toMatchObject({ message: 'plain words', type: 'string' });
});

test("queue functions mix the payload's top-level properties into the trigger metadata", async () => {
  const { metadata } = await echo('{"Id":"mine","flag":true,"list":[1],"count":7,"nested":{"Deep":1},"none":null}');

  expect(metadata).toMatchObject({ id: 'mine', flag: 'True', count: 7, nested: { deep: 1 }, dequeueCount: 1 });
  expect(metadata).not.toHaveProperty('list');
  expect(metadata).not.toHaveProperty('none');
  expect(metadata['popReceipt']).toBeTypeOf('string');
  for (const name of ['insertionTime', 'expirationTime', 'nextVisibleTime']) {
    expect(metadata[name]).toMatch(/^\d{4}-\d\d-\d\dT.*\+00:00$/);
  }
});

test('queue functions write extra outputs, one message for each element of an array', async () => {
  await send('extra-in', toBase64({ n: 1 }));

  expect([await nextSeen(), await nextSeen()].toSorted()).toEqual(['second', '{"first":{"n":1}}']);
});

test('queue functions retry a failing message after visibilityTimeout and bury it after maxDequeueCount attempts', async () => {
  await send('failing-in', toBase64({ doomed: true }));

  const [buried] = await until(async () => {
    const records = await fixture.records<{ message: unknown }>('buried');
    return records.length > 0 && records;
  });

  expect(buried?.message).toEqual({ doomed: true });
  const attempts = await fixture.records<{ at: number; dequeueCount: number }>('failing');
  expect(attempts.map(({ dequeueCount }) => dequeueCount)).toEqual([1, 2, 3]);
  const [first, second] = attempts;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(900);
  expect((await fixture.queue('failing-in').getProperties()).approximateMessagesCount).toBe(0);
});

test('queue functions send a message that is not base64 raw to the poison queue, without running the function', async () => {
  await send('extra-in', 'not base64!');

  const text = await until(async () => {
    const poison = fixture.queue('extra-in-poison');
    if (!(await poison.exists())) return undefined;
    return (await poison.peekMessages()).peekedMessageItems[0]?.messageText;
  });

  expect(text).toBe('not base64!');
});

test('queue functions never run more than batchSize plus newBatchThreshold at once, but as many as that', async () => {
  const lengths = [2500, 200, 2500, 2500, 200, 200];
  await fixture.queue('sleeper-in').createIfNotExists();
  for (const [index, sleepMs] of lengths.entries()) await send('sleeper-in', toBase64({ name: index, sleepMs }));

  await until(async () => (await fixture.records('sleeper-ended')).length === lengths.length);

  const counts = (await fixture.records<{ count: number }>('sleeper-running')).map(({ count }) => count);
  expect(Math.max(...counts)).toBe(3);
});

test('queue functions keep a message invisible for longer than its visibility while its function runs', async () => {
  await send('sleeper-in', toBase64({ name: 'long', sleepMs: 3500 }));

  await until(async () => (await fixture.records<{ name: unknown }>('sleeper-ended')).some(isLong));
  await until(async () => (await fixture.queue('sleeper-in').getProperties()).approximateMessagesCount === 0);

  expect((await fixture.records<{ name: unknown }>('sleeper-started')).filter(isLong)).toHaveLength(1);
});

test('queue functions are killed with their worker at functionTimeout; the message comes back when its visibility runs out', async () => {
  await send('hanging-in', toBase64('x'));

  const [first, second] = await until(async () => {
    const records = await fixture.records<{ pid: number; dequeueCount: number }>('hanging');
    return records.length === 2 && records;
  });

  expect([first?.dequeueCount, second?.dequeueCount]).toEqual([1, 2]);
  expect(second?.pid).not.toBe(first?.pid);
  expect(() => process.kill(first?.pid ?? 0, 0)).toThrow('ESRCH');
  expect(fixture.logs.find((line) => /^hanging \S+ timed-out/.test(line))).toBeDefined();
});

const isLong = ({ name }: { name: unknown }) => name === 'long';
