import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Never drops what the queue gave up: the run it belongs to ends with the reason, or is woken again. */
app.storageQueue('finalize-poison', {
  queueName: 'farshare-finalize-poison',
  connection: '',
  handler: (message) => farshare.poison(message),
});
