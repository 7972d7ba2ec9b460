import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, reportOf } from './shared/http.ts';
import { readNoQuery } from './shared/request.ts';

app.http('get-run', {
  route: 'runs/{runId}',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => {
    readNoQuery(request);
    const { runId = '' } = request.params;
    return reportOf(await farshare.engine.report(runId), `run ${runId}`);
  }),
});
