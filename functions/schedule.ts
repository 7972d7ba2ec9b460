import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';

/** Each minute: starts what is due by each job's own schedule, and tries failed runs again. */
app.timer('schedule', {
  schedule: '0 * * * * *',
  handler: async (_timer, context) => {
    const started = await farshare.tick();
    for (const runId of started) context.log(`started ${runId}`);
  },
});
