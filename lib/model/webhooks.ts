/** Who is told of runs, and what is stored and sent about it. */
import { z } from 'zod';
import { secretSchema, durationSchema } from './config-fields.ts';

/** How a run can end; `partial` is a success that lacks failed entries. */
const runEvents = ['completed', 'partial', 'failed', 'cancelled', 'awaiting-approval'] as const;
const webhookEvents = [...runEvents, 'beforeSnapshot', 'afterSnapshot'] as const;
export type RunEvent = (typeof runEvents)[number];
export type WebhookEvent = (typeof webhookEvents)[number];

const digestSchema = z.strictObject({
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/u, 'must be a time of day such as 07:00')
    .default('07:00')
    .describe('When, as the clock on the wall shows it there.'),
  timeZone: z.string().min(1).default('UTC').describe('IANA time zone of `at`.'),
});

export const webhookSchema = z.strictObject({
  url: secretSchema.describe(
    'Where to POST, `https://` unless on this machine: the address itself or `{"env": "NAME"}`. Taken for a secret.',
  ),
  secret: secretSchema.describe(
    'What messages are signed with, at least 16 characters; `whsec_` and base64 are read as Standard Webhooks does. `{"env": "NAME"}` is better.',
  ),
  events: z
    .array(z.enum(webhookEvents))
    .default([...runEvents])
    .describe(
      'What to send. Ends of runs (dry runs and, in continuous mode, successes that do not seal left out) are sent with the report. `beforeSnapshot` is awaited before a snapshot of the source is taken, so that an application can quiesce; `afterSnapshot` follows in any case.',
    ),
  timeout: durationSchema.default('PT30S').describe('How long an answer may take, at most `PT5M`.'),
  onFailure: z
    .enum(['fail', 'continue'])
    .default('fail')
    .describe(
      'Where `beforeSnapshot` is not answered with 2xx in time: `fail` fails the run, which is tried again as any failed run, `continue` takes the snapshot all the same.',
    ),
  digest: digestSchema
    .optional()
    .describe('A summary of the last day, once a day. Sent by the deployed app, not by the command line.'),
});
export const webhooksSchema = z.array(webhookSchema);
export type WebhookConfig = z.output<typeof webhookSchema>;

/** A configured webhook without what must be kept secret. */
export interface Webhook {
  /** Follows from the address and the job, so that what waits for it finds it in a changed configuration too. */
  readonly id: string;
  /** Its place in the configuration: `jobs[0].webhooks[1]`. */
  readonly name: string;
  /** Only of this job; all jobs when absent. */
  readonly job?: string;
  readonly events: readonly WebhookEvent[];
  readonly timeoutMs: number;
  readonly onFailure: 'fail' | 'continue';
  readonly digest?: { readonly at: string; readonly timeZone: string };
}

/** A message to a webhook that has not been taken yet. */
export const deliveryRowSchema = z.object({
  v: z.literal(1),
  webhook: z.string(),
  event: z.enum([...webhookEvents, 'digest']),
  /** Empty for a digest. */
  runId: z.string(),
  madeAtMs: z.number(),
  /** Tries that failed. */
  attempts: z.number().int(),
  /** Not before; while a process is at it, when it counts as dead. */
  nextAtMs: z.number(),
  digest: z
    .object({
      fromMs: z.number(),
      toMs: z.number(),
      places: z.array(z.object({ job: z.string(), destination: z.string() })),
    })
    .optional(),
});
export type DeliveryRow = z.infer<typeof deliveryRowSchema>;

/** The only content of a message of the queue `webhooks`: the key of the row. */
export const deliveryMessageSchema = z.strictObject({ v: z.literal(1), delivery: z.string().min(1).max(200) });
