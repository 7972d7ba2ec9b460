import { app } from '@azure/functions';
import { record } from './record.js';

app.hook.appStart(() => record('hooks', { hook: 'appStart' }));
app.hook.appTerminate(() => record('hooks', { hook: 'appTerminate' }));
app.hook.postInvocation(({ invocationContext, result, error }) =>
  invocationContext.functionName === 'pid' ? record('hooks', { hook: 'post', result, error }) : undefined,
);
