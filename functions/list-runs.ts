import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, page } from './shared/http.ts';
import { readQuery } from './shared/request.ts';
import { runQuerySchema } from './shared/run-query.ts';

app.http('list-runs', {
  route: 'runs',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => page(await farshare.engine.runs(readQuery(request, runQuerySchema)))),
});
