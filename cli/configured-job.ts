import type { LoadedConfig } from '../lib/config.ts';
import type { JobConfig } from '../lib/model/index.ts';
import { UsageError } from './usage-error.ts';

/** The job of that name, with the destination if one is asked for; throws UsageError naming those that there are. */
export function configuredJob({ config }: LoadedConfig, name: string, destination?: string): JobConfig {
  const job = config.jobs.find((candidate) => candidate.name === name);
  if (job === undefined) throw unknown('job', { path: 'JOB', name, known: config.jobs });
  if (destination !== undefined && !job.destinations.some((candidate) => candidate.name === destination)) {
    throw unknown('destination', { path: '--destination', name: destination, known: job.destinations });
  }
  return job;
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
