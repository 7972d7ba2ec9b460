import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { json } from './shared/http.ts';
import { readNoQuery } from './shared/request.ts';

/** Asks each destination account for its restore points: not for every second. */
app.http('list-jobs', {
  route: 'jobs',
  methods: ['GET'],
  ...guarded(async (request) => {
    readNoQuery(request);
    return json(200, { items: await farshare.engine.jobs() });
  }),
});
