import { app } from '@azure/functions';
import { farshare } from './shared/farshare.ts';
import { answering, json } from './shared/http.ts';

app.http('health', {
  route: 'health',
  methods: ['GET'],
  authLevel: 'anonymous',
  // Reads the state, so that an app without its tables is not called healthy. Names nothing: anybody may ask.
  handler: answering(async () => {
    await farshare.engine.runs({ limit: 1 });
    return json(200, { status: 'ok' });
  }),
});
