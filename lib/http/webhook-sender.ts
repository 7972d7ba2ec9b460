import { createHash, createHmac } from 'node:crypto';
import { createHttpHeaders, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import type { Webhook } from '../model/index.ts';
import type { WebhookAnswer, WebhookMessage, WebhookSender } from '../run/ports.ts';

/** A webhook with its address and secret, from the configuration. */
interface WebhookTarget extends Omit<Webhook, 'id'> {
  readonly url: string;
  readonly secret: string;
}

/**
 * Posts messages as the Standard Webhooks specification has them (standardwebhooks.com): `webhook-id`, `webhook-timestamp` in
 * seconds and `webhook-signature`, HMAC-SHA-256 over `id.timestamp.body`. Redirects are not followed.
 */
export function createWebhookSender(targets: readonly WebhookTarget[], httpClient: HttpClient): WebhookSender {
  const known = new Map(targets.map((target) => [idOf(target), target]));
  return {
    webhooks: [...known].map(([id, { url: _url, secret: _secret, ...webhook }]) => ({ id, ...webhook })),
    post: async (webhook, message, signal) => {
      const target = known.get(webhook.id);
      if (target === undefined) return refused('It is not in the configuration any more.', { isFinal: true });
      return post(httpClient, target, message, signal);
    },
  };
}

/** Long enough not to meet another; says nothing of the address. */
const idOf = ({ job = '', url }: WebhookTarget): string =>
  createHash('sha256').update(`${job}\n${url}`).digest('hex').slice(0, 12);

// oxlint-disable-next-line max-params -- who, where, what, until when
async function post(
  httpClient: HttpClient,
  target: WebhookTarget,
  message: WebhookMessage,
  signal: AbortSignal | undefined,
): Promise<WebhookAnswer> {
  const late = AbortSignal.timeout(target.timeoutMs);
  const request = createPipelineRequest({
    url: target.url,
    method: 'POST',
    // Of http addresses, the configuration lets pass only those of this machine.
    allowInsecureConnection: true,
    headers: createHttpHeaders({
      'content-type': 'application/json',
      'user-agent': 'farshare',
      ...signatureHeaders(target.secret, message),
    }),
    body: message.body,
    abortSignal: signal === undefined ? late : AbortSignal.any([late, signal]),
    // What is answered is not read, whatever its length.
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
  });
  try {
    const { status, headers, readableStreamBody } = await httpClient.sendRequest(request);
    if (readableStreamBody !== undefined && 'destroy' in readableStreamBody) {
      (readableStreamBody as { destroy(): void }).destroy();
    }
    return answerOf(status, headers.get('retry-after'));
  } catch (error) {
    if (late.aborted) return refused(`No answer within ${target.timeoutMs / 1000} s.`, { mayRetry: true });
    return refused(`No answer: ${codeOf(error)}.`, { mayRetry: true });
  }
}

function answerOf(status: number, retryAfter: string | undefined): WebhookAnswer {
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const seconds = Number(retryAfter);
  return refused(`The answer was ${status}.`, {
    mayRetry: status >= 500 || status === 408 || status === 425 || status === 429,
    // By the specification: the receiver is gone for good.
    isFinal: status === 410,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0,
  });
}

const refused = (
  reason: string,
  {
    mayRetry = false,
    isFinal = false,
    retryAfterMs = 0,
  }: { mayRetry?: boolean; isFinal?: boolean; retryAfterMs?: number },
): WebhookAnswer => ({ kind: 'refused', reason, mayRetry, isFinal, retryAfterMs });

/** The system's word, such as ECONNREFUSED; never a message, which may quote the address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function signatureHeaders(secret: string, { id, atMs, body }: WebhookMessage): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** `whsec_` says that base64 follows; any other secret is taken as it is. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret, 'utf8');
