import { app } from '@azure/functions';
import { record } from './record.js';

const handlerOf = (name) => (timer, context) => record(name, { timer, pid: process.pid, retry: context.retryContext });

app.timer('each-second', { schedule: '%EACH_SECOND%', handler: handlerOf('each-second') });
app.timer('yearly', { schedule: '0 0 0 1 1 *', handler: handlerOf('yearly') });
app.timer('at-start', { schedule: '0 0 0 1 1 *', runOnStartup: true, handler: handlerOf('at-start') });
app.timer('retried', {
  schedule: '0 0 0 1 1 *',
  runOnStartup: true,
  retry: { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { seconds: 1 } },
  handler: async (timer, context) => {
    await record('retried', { retry: context.retryContext ?? null });
    throw new Error('fails each time');
  },
});
