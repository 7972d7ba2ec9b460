/** Webhooks as the adapter needs them: secrets resolved. These values never enter a log, a message or the state. */
import { webhookSchema, type SecretValue, type Webhook, type WebhookConfig } from '../model/index.ts';
import type { ConfigProblem } from '../errors.ts';
import { isTimeZone, parseDuration } from '../plan/index.ts';
import type { Environment } from './account-credentials.ts';
import { formatPath, showValue, valueAt, type FieldPath } from './show-value.ts';

export type WebhookTarget = Omit<Webhook, 'id'> & { readonly url: string; readonly secret: string };

const leastSecretLength = 16;
const mostTimeoutMs = 5 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** Those of the whole configuration, then each job's. What the schema refuses is its business, not repeated here. */
export function resolveWebhooks(
  document: unknown,
  env: Environment,
): { readonly webhooks: readonly WebhookTarget[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const jobs = valueAt(document, ['jobs']);
  const lists: FieldPath[] = [
    ['webhooks'],
    ...(Array.isArray(jobs) ? jobs : []).map((_, at) => ['jobs', at, 'webhooks']),
  ];
  const webhooks = lists.flatMap((list) => {
    const written = valueAt(document, list);
    return (Array.isArray(written) ? written : []).flatMap((value, index) => {
      const parsed = webhookSchema.safeParse(value);
      const place = { path: [...list, index], env, problems };
      return parsed.success ? (resolveOne(document, parsed.data, place) ?? []) : [];
    });
  });
  problems.push(...repeated(webhooks));
  return { webhooks, problems };
}

interface Place {
  readonly path: FieldPath;
  readonly env: Environment;
  readonly problems: ConfigProblem[];
}

function resolveOne(document: unknown, config: WebhookConfig, place: Place): WebhookTarget | undefined {
  const before = place.problems.length;
  const url = resolveUrl(config, place);
  const secret = resolveKey(config, place);
  const timeoutMs = resolveTimeout(config, place);
  reportUseless(document, config, place);
  reportTimeZone(config, place);
  if (url === undefined || secret === undefined || place.problems.length > before) return undefined;
  const { events, onFailure, digest } = config;
  const job = jobOf(document, place.path);
  const optional = { ...(job !== undefined && { job }), ...(digest !== undefined && { digest }) };
  return { name: formatPath(place.path), ...optional, events, timeoutMs, onFailure, url, secret };
}

function resolveUrl(config: WebhookConfig, place: Place): string | undefined {
  const url = resolve(config.url, 'url', place);
  if (url !== undefined && !isAddress(url)) {
    const fix = 'Give an address that begins with https:// (http:// only on this machine).';
    report(place, 'url', 'is no https address', fix);
  }
  return url;
}

function resolveKey(config: WebhookConfig, place: Place): string | undefined {
  const secret = resolve(config.secret, 'secret', place);
  if (secret !== undefined && !isSecret(secret)) {
    const fix = `Give at least ${leastSecretLength} characters, such as \`openssl rand -base64 32\` prints; after whsec_ they must be base64.`;
    report(place, 'secret', 'is too short, or not base64 after whsec_', fix);
  }
  return secret;
}

function resolveTimeout({ timeout }: WebhookConfig, place: Place): number {
  const { years, months, days, milliseconds } = parseDuration(timeout);
  const timeoutMs = days * dayMs + milliseconds;
  if (years + months > 0 || timeoutMs < 1000 || timeoutMs > mostTimeoutMs) {
    report(place, 'timeout', 'must be from PT1S to PT5M', 'Give a time in which the receiver can answer.');
  }
  return timeoutMs;
}

function reportTimeZone({ digest }: WebhookConfig, place: Place): void {
  if (digest === undefined || isTimeZone(digest.timeZone)) return;
  const fix = 'Use a name of the IANA list, such as Europe/Berlin or UTC.';
  report(place, 'digest', `has no known time zone: ${JSON.stringify(digest.timeZone)}`, fix);
}

function jobOf(document: unknown, path: FieldPath): string | undefined {
  if (path[0] !== 'jobs') return undefined;
  const name = valueAt(document, [...path.slice(0, 2), 'name']);
  return typeof name === 'string' ? name : undefined;
}

/** What would never be sent. */
function reportUseless(document: unknown, { events, digest }: WebhookConfig, place: Place): void {
  if (events.length === 0 && digest === undefined) {
    report(place, 'events', 'names nothing to be sent', 'Name an event, add "digest", or remove the webhook.');
  }
  const takesNone = valueAt(document, [...place.path.slice(0, 2), 'source', 'snapshots']) === 'existing';
  if (takesNone && (events.includes('beforeSnapshot') || events.includes('afterSnapshot'))) {
    const fix = 'Remove beforeSnapshot and afterSnapshot: whoever takes the snapshots can quiesce the application.';
    report(place, 'events', 'waits for snapshots, but the job uses those that others take', fix);
  }
}

function repeated(webhooks: readonly WebhookTarget[]): readonly ConfigProblem[] {
  const seen = new Map<string, string>();
  return webhooks.flatMap(({ name, job = '', url }) => {
    const key = `${job}\n${url}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, name);
      return [];
    }
    return [
      {
        path: `${name}.url`,
        message: `is the address of ${first} too`,
        value: '(secret)',
        fix: 'Name all events in one of the two.',
      },
    ];
  });
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && /^(?:127\.|localhost$|\[::1\]$)/u.test(hostname));
}

const isSecret = (text: string): boolean =>
  text.startsWith('whsec_')
    ? /^[A-Za-z0-9+/]{22,}={0,2}$/u.test(text.slice('whsec_'.length))
    : text.length >= leastSecretLength;

function resolve(value: SecretValue, field: string, place: Place): string | undefined {
  if (typeof value === 'string') return value;
  const text = place.env[value.env]?.trim();
  if (text !== undefined && text !== '') return text;
  place.problems.push({
    path: formatPath([...place.path, field, 'env']),
    message: 'names an environment variable that is not set',
    value: JSON.stringify(value.env),
    fix: `Set the variable ${value.env}, or name another one.`,
  });
  return undefined;
}

// oxlint-disable-next-line max-params -- the parts of a problem beside its place
function report(place: Place, field: string, message: string, fix: string): void {
  const path = [...place.path, field];
  place.problems.push({ path: formatPath(path), message, value: showValue(path, ''), fix });
}
