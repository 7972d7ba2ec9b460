import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { accepted } from './shared/http.ts';
import { readRestoreRequest } from './shared/restore-request.ts';

app.http('start-restore', {
  route: 'restores',
  methods: ['POST'],
  ...guarded(async (request) => {
    const restoreId = await farshare.engine.startRestore(await readRestoreRequest(request));
    const url = `/api/restores/${restoreId}`;
    return accepted({ restoreId, url }, url);
  }),
});
