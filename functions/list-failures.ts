import { app } from '@azure/functions';
import { z } from 'zod';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { page } from './shared/http.ts';
import { cursorSchema, limitSchema, readQuery } from './shared/request.ts';

const querySchema = z.strictObject({ cursor: cursorSchema, limit: limitSchema(1_000) });

app.http('list-failures', {
  route: 'runs/{runId}/failures',
  methods: ['GET'],
  ...guarded(async (request) =>
    page(await farshare.engine.failurePage(request.params['runId'] ?? '', readQuery(request, querySchema))),
  ),
});
