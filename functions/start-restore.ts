import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { accepted, answering } from './shared/http.ts';
import { readRestoreRequest } from './shared/restore-request.ts';

app.http('start-restore', {
  route: 'restores',
  methods: ['POST'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const restoreId = await farshare.engine.startRestore(await readRestoreRequest(request));
    const url = `/api/restores/${restoreId}`;
    return accepted({ restoreId, url }, url);
  }),
});
