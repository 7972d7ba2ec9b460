import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, json } from './shared/http.ts';
import { readStartRequest } from './shared/start-request.ts';

app.http('start-run', {
  route: 'jobs/{job}/runs',
  methods: ['POST'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const { job = '' } = request.params;
    const { options, idempotencyKey } = await readStartRequest(request);
    const ids = await farshare.engine.startRuns(job, { ...options, ...(idempotencyKey && { idempotencyKey }) });
    const runs = ids.map((runId) => ({
      runId,
      destination: farshare.destinationOf(job, runId),
      url: `/api/runs/${runId}`,
    }));
    return json(202, { runs }, { location: runs[0]?.url ?? '', 'retry-after': '5' });
  }),
});
