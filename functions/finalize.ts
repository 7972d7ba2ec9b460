import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Takes a run from one phase to the next: lock and snapshot, guard, seal, prune, report. */
app.storageQueue('finalize', {
  queueName: 'farshare-finalize',
  connection: '',
  handler: (message) => farshare.work(message),
});
