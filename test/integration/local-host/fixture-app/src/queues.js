import { setTimeout as sleep } from 'node:timers/promises';
import { app, output } from '@azure/functions';
import { record, running } from './record.js';

const connection = 'Fixture';
const extra = output.storageQueue({ queueName: 'seen', connection });

app.storageQueue('echo', {
  queueName: '%ECHO_QUEUE%',
  connection,
  return: output.storageQueue({ queueName: 'seen', connection }),
  handler: (message, context) => ({ message, type: typeof message, metadata: context.triggerMetadata }),
});

app.storageQueue('extra', {
  queueName: 'extra-in',
  connection,
  extraOutputs: [extra],
  handler: (message, context) => context.extraOutputs.set(extra, [{ first: message }, 'second']),
});

app.storageQueue('failing', {
  queueName: 'failing-in',
  connection,
  handler: async (message, context) => {
    await record('failing', { at: Date.now(), dequeueCount: context.triggerMetadata.dequeueCount });
    throw new Error('this function always fails');
  },
});

app.storageQueue('failing-buried', {
  queueName: 'failing-in-poison',
  connection,
  handler: (message) => record('buried', { message }),
});

app.storageQueue('sleeper', {
  queueName: 'sleeper-in',
  connection,
  handler: async ({ name, sleepMs }) => {
    await running('sleeper', async () => {
      await record('sleeper-started', { name });
      await sleep(sleepMs);
    });
    await record('sleeper-ended', { name });
  },
});

app.storageQueue('hanging', {
  queueName: 'hanging-in',
  connection,
  handler: async (message, context) => {
    await record('hanging', { pid: process.pid, dequeueCount: context.triggerMetadata.dequeueCount });
    if (context.triggerMetadata.dequeueCount === 1) await new Promise(() => {});
  },
});
