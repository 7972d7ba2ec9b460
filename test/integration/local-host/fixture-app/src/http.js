import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '@azure/functions';
import { record } from './record.js';

app.http('open', {
  methods: ['GET', 'POST'],
  route: 'open/{id:int}/{name?}',
  handler: async (request, context) => ({
    status: 201,
    headers: { 'x-answer': 'yes' },
    cookies: [{ name: 'a', value: 'b', httpOnly: true }],
    jsonBody: {
      method: request.method,
      params: request.params,
      query: Object.fromEntries(request.query),
      header: request.headers.get('x-question'),
      body: await request.text(),
      function: context.functionName,
    },
  }),
});
app.get('open-fixed', { route: 'open/7/fixed', handler: () => ({ body: 'the literal route' }) });
app.get('rest', { route: 'rest/{*path}', handler: (request) => ({ body: request.params.path ?? '' }) });
app.get('keyed', { authLevel: 'function', handler: () => ({ body: 'function' }) });
app.get('admins', { authLevel: 'admin', handler: () => ({ body: 'admin' }) });
app.get('silent', () => undefined);
app.get('throwing', () => {
  throw new Error('no answer');
});
app.get('slow', async () => {
  await record('slow', {});
  await sleep(1500);
  return { body: 'done' };
});
app.post('crash', () => process.exit(3));
app.get('pid', () => ({ body: String(process.pid) }));
