import { readFileSync } from 'node:fs';
import { composeApp } from '../../lib/compose.ts';

/**
 * The app, built while the functions load: a wrong setting then stops the host with its reason, instead of failing each
 * message.
 */
export const farshare = await composeApp({
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  log: (line) => process.stdout.write(`${line}\n`),
});
