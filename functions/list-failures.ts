import { app } from '@azure/functions';
import { z } from 'zod';
import { farshare } from './shared/farshare.ts';
import { answering, page } from './shared/http.ts';
import { cursorSchema, limitSchema, readQuery } from './shared/request.ts';

const querySchema = z.strictObject({ cursor: cursorSchema, limit: limitSchema(1_000) });

app.http('list-failures', {
  route: 'runs/{runId}/failures',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) =>
    page(await farshare.engine.failurePage(request.params['runId'] ?? '', readQuery(request, querySchema))),
  ),
});
