import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { accepted } from './shared/http.ts';
import { readIdempotencyKey, readNothing } from './shared/request.ts';

app.http('approve-run', {
  route: 'runs/{runId}/approve',
  methods: ['POST'],
  ...guarded(async (request) => {
    const key = readIdempotencyKey(request);
    await readNothing(request);
    const runId = await farshare.engine.approve(request.params['runId'] ?? '', key);
    const url = `/api/runs/${runId}`;
    return accepted({ runId, url }, url);
  }),
});
