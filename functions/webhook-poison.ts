import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** What the queue gave up is still a row: it is told here, and sent again by the watchdog. */
app.storageQueue('webhook-poison', {
  queueName: 'farshare-webhooks-poison',
  connection: '',
  handler: (message) => farshare.poison(message),
});
