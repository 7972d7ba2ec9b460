/** Kinds of values that farshare.json has in several places. */
import { z } from 'zod';

// Years to seconds, at least one of them; weeks may be mixed in.
export const durationPattern = /^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/u;
export const durationSchema = z.string().regex(durationPattern, 'must be an ISO 8601 duration such as P90D or PT1H');

export const secretSchema = z
  .union(
    [z.string().min(1), z.strictObject({ env: z.string().min(1).describe('Name of the environment variable.') })],
    {
      error: 'must be a string or {"env": "NAME OF A VARIABLE"}',
    },
  )
  .describe('The secret itself, or `{"env": "NAME"}` to read it from an environment variable (better).');
export type SecretValue = z.output<typeof secretSchema>;
