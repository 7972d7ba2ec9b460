import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { accepted } from './shared/http.ts';
import { readIdempotencyKey, readNothing } from './shared/request.ts';

app.http('retry-run', {
  route: 'runs/{runId}/retry',
  methods: ['POST'],
  ...guarded(async (request) => {
    const key = readIdempotencyKey(request);
    await readNothing(request);
    const runId = await farshare.engine.retry(request.params['runId'] ?? '', key);
    const url = `/api/runs/${runId}`;
    return accepted({ runId, url }, url);
  }),
});
