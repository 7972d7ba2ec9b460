import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, page } from './shared/http.ts';
import { readVersionsRequest } from './shared/point-request.ts';

app.http('list-versions', {
  route: 'jobs/{job}/versions',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => page(await farshare.engine.versions(readVersionsRequest(request)))),
});
