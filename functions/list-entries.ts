import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { page } from './shared/http.ts';
import { readPointRequest } from './shared/point-request.ts';

app.http('list-entries', {
  route: 'jobs/{job}/restore-points/{snapshot}/entries',
  methods: ['GET'],
  ...guarded(async (request) => page(await farshare.engine.entries(readPointRequest(request)))),
});
