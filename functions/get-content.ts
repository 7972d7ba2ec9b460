import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { download } from './shared/http.ts';
import { readPointRequest } from './shared/point-request.ts';

/** One file of a restore point, for a person. Its content goes through the app: a restore is the way for more. */
app.http('get-content', {
  route: 'jobs/{job}/restore-points/{snapshot}/content',
  methods: ['GET'],
  ...guarded(
    async (request) => download(await farshare.engine.openContent(readPointRequest(request))),
    'Farshare.Operate',
  ),
});
