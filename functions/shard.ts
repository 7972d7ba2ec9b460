import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Lists, compares and copies the directories of one shard, for one turn. */
app.storageQueue('shard', {
  queueName: 'farshare-shards',
  connection: '',
  handler: (message) => farshare.work(message),
});
