import { FarshareError } from '../errors.ts';
import type { JobConfig } from '../model/index.ts';

/** The configured job of that name; throws `JobNotFound`, naming those that there are. */
export function jobNamed(jobs: readonly JobConfig[], name: string): JobConfig {
  const job = jobs.find((candidate) => candidate.name === name);
  if (job !== undefined) return job;
  const known = jobs.map((candidate) => candidate.name).join(', ');
  throw new FarshareError('JobNotFound', `There is no job ${name}; the configuration has: ${known || 'none'}.`, {
    disposition: 'run',
  });
}
