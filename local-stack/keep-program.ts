/**
 * `node keep-program.ts PROGRAM ARGUMENTS...` runs a program that is not ours, with all that it starts, and ends them when
 * the process that started this one closes its channel or dies. Expects to lead a process group of its own.
 */
import { spawn } from 'node:child_process';

/** Below the time after which the stack kills this process, which would leave the rest of the group. */
const killAfterMs = 8_000;

const [program = '', ...programArguments] = process.argv.slice(2);
const child = spawn(program, programArguments, { stdio: 'inherit' });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.once('exit', (code) => process.exit(code ?? 1));

// The signals are for the others of the group: this one stays until they are gone.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  process.kill(-process.pid, 'SIGINT');
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), killAfterMs);
});
