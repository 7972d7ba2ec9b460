import { expect, test } from 'vitest';
import { createLocalQueues, systemClock } from '../../../lib/local/index.ts';

test('a message in hand is pending until it is settled, and one put back comes again, counted', async () => {
  const queues = createLocalQueues();
  await queues.send('shards', { v: 1 });

  const first = queues.receive('shards');
  expect([first?.body, first?.dequeueCount, queues.pending]).toEqual([{ v: 1 }, 1, 1]);
  expect(queues.receive('shards')).toBeUndefined();
  first?.again();

  const second = queues.receive('shards');
  expect([second?.body, second?.dequeueCount]).toEqual([{ v: 1 }, 2]);
  second?.done();
  expect(queues.pending).toBe(0);
  expect(() => second?.again()).toThrow('settled once');
});

test('what is received is a copy of what was sent', async () => {
  const queues = createLocalQueues();
  const message = { run: 'a' };
  await queues.send('shards', message);
  message.run = 'b';

  expect(queues.receive('shards')?.body).toEqual({ run: 'a' });
});

test('waiting ends with the message that is sent, with the one that falls due, and with the signal', async () => {
  const queues = createLocalQueues();
  const sent = queues.waitForMessage();
  await queues.send('finalize', {});
  await sent;
  queues.receive('finalize')?.done();

  await queues.send('shards', {}, 30);
  await queues.waitForMessage();
  expect(queues.receive('shards')).toBeDefined();

  const stop = new AbortController();
  const waiting = queues.waitForMessage(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(queues.waitForMessage(stop.signal)).rejects.toThrow('stopped');
});

test('messages that fall due together come in the order they were sent', async () => {
  const queues = createLocalQueues({ ...systemClock, monotonic: () => 1 });
  for (const number of [1, 2, 3]) await queues.send('shards', number);

  expect([1, 2, 3].map(() => queues.receive('shards')?.body)).toEqual([1, 2, 3]);
});

test('the system clock’s sleep ends with the signal’s reason', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);

  stop.abort(new Error('stopped'));

  await expect(sleeping).rejects.toThrow('stopped');
  await expect(systemClock.sleep(1, stop.signal)).rejects.toThrow('stopped');
});
