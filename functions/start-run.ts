import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { accepted } from './shared/http.ts';
import { readStartRequest } from './shared/start-request.ts';

app.http('start-run', {
  route: 'jobs/{job}/runs',
  methods: ['POST'],
  ...guarded(async (request) => {
    const { job = '' } = request.params;
    const ids = await farshare.engine.startRuns(job, await readStartRequest(request));
    const runs = ids.map((runId) => ({
      runId,
      destination: farshare.destinationOf(job, runId),
      url: `/api/runs/${runId}`,
    }));
    return accepted({ runs }, runs[0]?.url ?? '');
  }),
});
