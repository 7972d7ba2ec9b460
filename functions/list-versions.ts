import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { page } from './shared/http.ts';
import { readVersionsRequest } from './shared/point-request.ts';

app.http('list-versions', {
  route: 'jobs/{job}/versions',
  methods: ['GET'],
  ...guarded(async (request) => page(await farshare.engine.versions(readVersionsRequest(request)))),
});
