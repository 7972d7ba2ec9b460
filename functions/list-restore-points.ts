import { app } from '@azure/functions';
import { z } from 'zod';
import { farshare } from './shared/farshare.ts';
import { answering, json } from './shared/http.ts';
import { nameSchema, readQuery } from './shared/request.ts';

app.http('list-restore-points', {
  route: 'jobs/{job}/restore-points',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const { destination } = readQuery(request, z.strictObject({ destination: nameSchema }));
    return json(200, { items: await farshare.engine.points(request.params['job'] ?? '', destination) });
  }),
});
