import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Tells others of a run; by a queue of its own, so that a receiver that does not answer holds up no run. */
app.storageQueue('webhook', {
  queueName: 'farshare-webhooks',
  connection: '',
  handler: (message) => farshare.work(message),
});
