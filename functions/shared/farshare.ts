import { readFileSync } from 'node:fs';
import { app } from '@azure/functions';
import { composeApp } from '../../lib/compose.ts';
import { ConfigurationError } from '../../lib/errors.ts';

/**
 * The app, built while the functions load: a wrong setting then stops the host with its reasons, instead of failing each
 * message.
 */
export const farshare = await composeApp({
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  log: (line) => process.stdout.write(`${line}\n`),
}).catch((error: unknown) => {
  throw error instanceof ConfigurationError ? withProblems(error) : error;
});

// Bodies flow instead of being held whole: downloads from restore points, and requests larger than they may be.
app.setup({ enableHttpStream: true });
app.hook.postInvocation(() => farshare.flush());
app.hook.appTerminate(() => farshare.flush());

/** The host shows the message alone. */
function withProblems({ message, problems }: ConfigurationError): Error {
  const lines = problems.map(({ path, message: what, value, fix }) => `${path} ${what}: ${value}. ${fix}`);
  return new Error([message, ...lines].join('\n'));
}
