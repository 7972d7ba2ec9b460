import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Goes on with a large file, or with copies that the service had not finished. */
app.storageQueue('transfer', {
  queueName: 'farshare-transfers',
  connection: '',
  handler: (message) => farshare.work(message),
});
