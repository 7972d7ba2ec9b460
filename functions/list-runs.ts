import { app } from '@azure/functions';
import { FarshareError } from '../lib/errors.ts';
import { runQuerySchema } from './shared/run-query.ts';
import { farshare } from './shared/farshare.ts';
import { answering, json } from './shared/http.ts';

app.http('list-runs', {
  route: 'runs',
  methods: ['GET'],
  authLevel: 'function',
  handler: answering(async (request) => {
    const { code: _key, ...query } = Object.fromEntries(request.query);
    const parsed = runQuerySchema.safeParse(query);
    if (!parsed.success) {
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'query'}: ${issue.message}`);
      throw new FarshareError('InvalidRequest', problems.join('; '), { disposition: 'run' });
    }
    const { items, next } = await farshare.engine.runs(parsed.data);
    return json(200, { items, next: next ?? null });
  }),
});
