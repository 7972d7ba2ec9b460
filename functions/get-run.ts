import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { reportOf } from './shared/http.ts';
import { readNoQuery } from './shared/request.ts';

app.http('get-run', {
  route: 'runs/{runId}',
  methods: ['GET'],
  ...guarded(async (request) => {
    readNoQuery(request);
    const { runId = '' } = request.params;
    return reportOf(await farshare.engine.report(runId), `run ${runId}`);
  }),
});
