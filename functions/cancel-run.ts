import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { accepted } from './shared/http.ts';
import { readIdempotencyKey, readNothing } from './shared/request.ts';

app.http('cancel-run', {
  route: 'runs/{runId}/cancel',
  methods: ['POST'],
  ...guarded(async (request) => {
    const { runId = '' } = request.params;
    const key = readIdempotencyKey(request);
    await readNothing(request);
    await farshare.engine.cancel(runId, key);
    const url = `/api/runs/${runId}`;
    return accepted({ runId, url }, url);
  }),
});
