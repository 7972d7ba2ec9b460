import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, json } from './shared/http.ts';
import { readNoQuery } from './shared/request.ts';

/** Asks each destination account for its restore points: not for every second. */
app.http('list-jobs', {
  route: 'jobs',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => {
    readNoQuery(request);
    return json(200, { items: await farshare.engine.jobs() });
  }),
});
