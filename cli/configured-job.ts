import type { LoadedConfig } from '../lib/config.ts';
import { UsageError } from './usage-error.ts';

/** Throws UsageError, naming those that there are, unless there is such a job, with the destination if one is asked for. */
export function configuredJob(loaded: LoadedConfig | undefined, name: string, destination?: string): void {
  // An app knows its jobs itself.
  if (loaded === undefined) return;
  const { config } = loaded;
  const job = config.jobs.find((candidate) => candidate.name === name);
  if (job === undefined) throw unknown('job', { path: 'JOB', name, known: config.jobs });
  if (destination !== undefined && !job.destinations.some((candidate) => candidate.name === destination)) {
    throw unknown('destination', { path: '--destination', name: destination, known: job.destinations });
  }
}

interface Unknown {
  readonly path: string;
  readonly name: string;
  readonly known: readonly { readonly name: string }[];
}

function unknown(what: 'job' | 'destination', { path, name, known }: Unknown): UsageError {
  const names = known.map((one) => one.name).join(', ') || '(none)';
  const code = what === 'job' ? 'UnknownJob' : 'UnknownDestination';
  const value = JSON.stringify(name);
  const fix = `Use one of the configuration: ${names}.`;
  return new UsageError(code, `There is no ${what} ${value}.`, [{ path, message: `names no ${what}`, value, fix }]);
}
