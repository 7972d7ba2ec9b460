import { app } from '@azure/functions';
import { z } from 'zod';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { json } from './shared/http.ts';
import { nameSchema, readQuery } from './shared/request.ts';

app.http('list-restore-points', {
  route: 'jobs/{job}/restore-points',
  methods: ['GET'],
  ...guarded(async (request) => {
    const { destination } = readQuery(request, z.strictObject({ destination: nameSchema }));
    return json(200, { items: await farshare.engine.points(request.params['job'] ?? '', destination) });
  }),
});
