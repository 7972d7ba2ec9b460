import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Never drops what the queue gave up: the run it belongs to ends with the reason, or is woken again. */
app.storageQueue('transfer-poison', {
  queueName: 'farshare-transfers-poison',
  connection: '',
  handler: (message) => farshare.poison(message),
});
