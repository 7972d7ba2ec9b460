import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { guarded } from './shared/guarded.ts';
import { reportOf } from './shared/http.ts';
import { readNoQuery } from './shared/request.ts';

app.http('get-restore', {
  route: 'restores/{restoreId}',
  methods: ['GET'],
  ...guarded(async (request) => {
    readNoQuery(request);
    const { restoreId = '' } = request.params;
    const report = await farshare.engine.report(restoreId);
    const isRestore = report?.kind === 'restore' || report?.kind === 'drill';
    return reportOf(isRestore ? report : undefined, `restore ${restoreId}`);
  }),
});
