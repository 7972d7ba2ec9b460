import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { accepted, answering } from './shared/http.ts';
import { readIdempotencyKey, readNothing } from './shared/request.ts';

app.http('cancel-run', {
  route: 'runs/{runId}/cancel',
  methods: ['POST'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const { runId = '' } = request.params;
    const key = readIdempotencyKey(request);
    await readNothing(request);
    await farshare.engine.cancel(runId, key);
    const url = `/api/runs/${runId}`;
    return accepted({ runId, url }, url);
  }),
});
