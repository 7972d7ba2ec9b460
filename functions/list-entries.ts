import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, page } from './shared/http.ts';
import { readPointRequest } from './shared/point-request.ts';

app.http('list-entries', {
  route: 'jobs/{job}/restore-points/{snapshot}/entries',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => page(await farshare.engine.entries(readPointRequest(request)))),
});
