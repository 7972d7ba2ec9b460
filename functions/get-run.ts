import { app } from '@azure/functions';
import { FarshareError } from '../lib/errors.ts';
import { hasEnded } from '../lib/model/index.ts';
import { farshare } from './shared/farshare.ts';
import { answering, json } from './shared/http.ts';

app.http('get-run', {
  route: 'runs/{runId}',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const { runId = '' } = request.params;
    const report = await farshare.engine.report(runId);
    if (report === undefined) {
      throw new FarshareError('RunNotFound', `There is no run ${runId.slice(0, 200)}.`, { disposition: 'run' });
    }
    return json(200, report, hasEnded(report.status) ? {} : { 'retry-after': '5' });
  }),
});
