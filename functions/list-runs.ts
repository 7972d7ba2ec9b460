import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { page } from './shared/http.ts';
import { readQuery } from './shared/request.ts';
import { runQuerySchema } from './shared/run-query.ts';

app.http('list-runs', {
  route: 'runs',
  methods: ['GET'],
  ...guarded(async (request) => page(await farshare.engine.runs(readQuery(request, runQuerySchema)))),
});
