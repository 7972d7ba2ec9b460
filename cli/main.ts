#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { composeLocal } from '../lib/compose.ts';
import { exitCodes } from './command.ts';
import { runCli } from './run-cli.ts';

/** Reports and the exit code tell of a run that somebody watches. */
const silence = { event: () => undefined, metric: () => undefined, flush: () => Promise.resolve() };

const interruption = new AbortController();

// The first SIGINT lets the engine give its leases back; a second one does not wait for that.
process.on('SIGINT', () => {
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
  interruption.abort();
});

// `farshare points JOB | head` closes the pipe: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.failed),
);

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  // oxlint-disable-next-line node/no-process-env -- the entry reads it once and hands it on
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  readFile: (path) => readFile(path, 'utf8'),
  openEngine: ({ config, stateDirectory, log }) => composeLocal({ config, stateDirectory, log, telemetry: silence }),
  signal: interruption.signal,
});
