import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { accepted, answering } from './shared/http.ts';
import { readIdempotencyKey, readNothing } from './shared/request.ts';

app.http('retry-run', {
  route: 'runs/{runId}/retry',
  methods: ['POST'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const key = readIdempotencyKey(request);
    await readNothing(request);
    const runId = await farshare.engine.retry(request.params['runId'] ?? '', key);
    const url = `/api/runs/${runId}`;
    return accepted({ runId, url }, url);
  }),
});
