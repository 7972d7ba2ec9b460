import { readRestorePlace, type RestorePlace } from '../lib/model/index.ts';
import type { OptionSpec } from './command.ts';
import { UsageError } from './usage-error.ts';

export const fromOption: OptionSpec = {
  type: 'string',
  value: 'ACCOUNT/SHARE[/DIR]',
  help: 'The share with the restore points, instead of a job: needs nothing but its account.',
};

/** `ACCOUNT/SHARE` or `ACCOUNT/SHARE/DIR`; the account by its name in the configuration. Throws UsageError. */
export function parsePlace(option: string, text: string): RestorePlace {
  const place = readRestorePlace(text);
  if (place !== undefined) return place;
  const fix = `Write ACCOUNT/SHARE or ACCOUNT/SHARE/DIR, with the account's name in the configuration.`;
  throw new UsageError('InvalidUsage', `${option} has a wrong value.`, [
    { path: option, message: 'names no share', value: JSON.stringify(text), fix },
  ]);
}

/** The job, or the share of `--from`: one of the two. Throws UsageError. */
export function restoreFrom(
  command: string,
  job: string | undefined,
  from: string | boolean | undefined,
): { readonly job: string } | RestorePlace {
  if (typeof from === 'string' && job === undefined) return parsePlace('--from', from);
  if (job !== undefined && from === undefined) return { job };
  throw new UsageError('InvalidUsage', `${command} needs JOB or --from ACCOUNT/SHARE, one of the two.`);
}
