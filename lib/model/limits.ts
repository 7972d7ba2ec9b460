/** How much of the accounts a job may take, and when. */
import { z } from 'zod';

const positiveSchema = z.int().min(1);
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const timeOfDay = (pattern: RegExp) => z.string().regex(pattern, 'must be a time of day such as 06:30');

const windowSchema = z
  .strictObject({
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .optional()
      .describe(
        'Days on which the window begins; all when absent. One that crosses midnight goes on into the next day.',
      ),
    from: timeOfDay(/^([01]\d|2[0-3]):[0-5]\d$/u).describe('`HH:MM`, as the clock on the wall shows it in `timeZone`.'),
    to: timeOfDay(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/u).describe(
      '`HH:MM`, not included. Not after `from`: on the next day, so that `from` and `to` alike mean a whole day.',
    ),
    requestsPerSecond: positiveSchema.optional().describe('Instead of the job’s.'),
    mebibytesPerSecond: positiveSchema.optional().describe('Instead of the job’s.'),
    concurrentShards: positiveSchema.optional().describe('Instead of the job’s.'),
    concurrentCopies: positiveSchema.optional().describe('Instead of the job’s.'),
  })
  .refine(
    ({ days: _days, from: _from, to: _to, ...limits }) => Object.values(limits).some((limit) => limit !== undefined),
    'must name at least one limit',
  );
export type LimitWindow = z.output<typeof windowSchema>;

export const limitsSchema = z.strictObject({
  requestsPerSecond: positiveSchema.optional().describe('Requests per second, both accounts. Absent: no limit.'),
  mebibytesPerSecond: positiveSchema.optional().describe('MiB copied per second. Absent: no limit.'),
  concurrentShards: positiveSchema.default(64).describe('Shards worked on at the same time, over all instances.'),
  concurrentCopies: positiveSchema
    .default(64)
    .describe(
      'Copies of files, or of ranges of large ones, asked for at the same time, over all instances; each that works on the job may have one. What the service goes on copying after its answer does not count.',
    ),
  windows: z
    .array(windowSchema)
    .optional()
    .describe('Other limits at certain hours. Of windows that overlap, the first in the list counts.'),
});
/** Limits of a job over all its destinations and instances. */
export type LimitsConfig = z.output<typeof limitsSchema>;
