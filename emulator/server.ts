import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import type { FaultEffects, Faults } from './faults.ts';
import { accessPolicyOf } from './handlers/access-policy.ts';
import type { Pace } from './pace.ts';
import { route } from './routes.ts';
import type { Operation } from './routes.ts';
import type { Clock } from './store/index.ts';
import { authorize, requireAccess } from './wire/authorization.ts';
import type { Authorization } from './wire/authorization.ts';
import { corsHeaders } from './wire/cors.ts';
import { ServiceError } from './wire/errors.ts';
import { ConnectionLost, hasBody, readBody } from './wire/receive.ts';
import type { Answer, Surroundings } from './wire/request.ts';
import { nextRequestId, refusalAnswer, refusalOf, send } from './wire/respond.ts';
import type { Exchange } from './wire/respond.ts';
import { originForm, parseTarget, repairRenameTarget } from './wire/target.ts';
import type { Target } from './wire/target.ts';
import { negotiateVersion, NEWEST_VERSION, requireFeature } from './wire/versions.ts';

/** What the request pipeline needs. */
export type Pipeline = {
  surroundings: Surroundings;
  faults: Faults;
  pace: Pace;
  clock: Clock;
  latencyMs: number;
  protocol: 'http' | 'https';
  /** Told of every request; failures here would be lost, so that it must not throw. */
  log: ((entry: LogEntry) => void) | undefined;
  /** Told of defects: errors that are no refusal. */
  reportDefect: (error: unknown) => void;
};

/** One line of the request log. The query is left out, for it may carry a signature. */
export type LogEntry = {
  time: string;
  method: string;
  path: string;
  operation: string;
  status: number;
  code?: string;
  milliseconds: number;
  requestId: string;
};

/** Where a request stands; filled as far as it got. */
type Progress = {
  exchange: Exchange;
  beganMs: number;
  target: Target | undefined;
  operation: Operation | undefined;
  effects: FaultEffects;
};

const NO_EFFECTS: FaultEffects = {};
const EMPTY = Buffer.alloc(0);

/** Answers one request of a client. Never rejects. */
export async function serve(pipeline: Pipeline, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { stats } = pipeline.surroundings;
  const exchange: Exchange = {
    request,
    response,
    requestId: nextRequestId(),
    version: NEWEST_VERSION,
    skewMs: 0,
    truncateBodyAt: undefined,
  };
  const progress: Progress = {
    exchange,
    beganMs: performance.now(),
    target: undefined,
    operation: undefined,
    effects: NO_EFFECTS,
  };
  stats.came();
  response.once('close', () => stats.left());
  // All requests that have arrived come in before the first is answered, as they would with a service of many threads.
  await setImmediate();
  let answer: Answer | undefined;
  try {
    answer = await answerOf(pipeline, progress);
  } catch (error) {
    answer = failureAnswer(pipeline, progress, error);
  }
  const { account = '', share = '' } = progress.target ?? {};
  const isKnown = pipeline.surroundings.keyOf(account) !== undefined;
  stats.answered(isKnown ? account : '', progress.operation?.name ?? 'Unknown', answer?.status ?? 0);
  record(pipeline, progress, answer, share);
  if (answer === undefined || progress.effects.reset === 'after') {
    request.socket.destroy();
    return;
  }
  await deliver(pipeline, progress, answer);
}

/** A page of another origin may read the answer if a rule of the account says so; a preflight has said all already. */
function withCors(pipeline: Pipeline, exchange: Exchange, target: Target | undefined, answer: Answer): Answer {
  const { origin } = exchange.request.headers;
  const { method = 'GET' } = exchange.request;
  const { keyOf, store } = pipeline.surroundings;
  if (origin === undefined || method === 'OPTIONS' || !target || !keyOf(target.account)) return answer;
  const properties = store.accounts.getServiceProperties(target.account);
  return { ...answer, headers: { ...answer.headers, ...corsHeaders(properties, { origin, method }) } };
}

async function deliver(pipeline: Pipeline, { exchange, target }: Progress, answer: Answer): Promise<void> {
  try {
    const outcome = send(exchange, withCors(pipeline, exchange, target, answer));
    const bytes = typeof outcome === 'number' ? outcome : await outcome;
    if (bytes === 0) return;
    pipeline.surroundings.stats.sent(bytes);
    if (target) pipeline.pace.moved(target, bytes);
  } catch (error) {
    pipeline.reportDefect(error);
    exchange.request.socket.destroy();
  }
}

/** Undefined stands for a connection to be cut. */
async function answerOf(pipeline: Pipeline, progress: Progress): Promise<Answer | undefined> {
  const { surroundings } = pipeline;
  const { exchange } = progress;
  const { headers, method = 'GET', url = '/' } = exchange.request;
  const isAccount = (name: string) => surroundings.keyOf(name) !== undefined;
  const parsed = parseTarget(originForm(url), headers.host, isAccount);
  const target = repairRenameTarget(parsed, headers['x-ms-file-rename-source'], isAccount);
  progress.target = target;
  const operation = route(method, target, headers);
  progress.operation = operation;
  const { account, path } = target;
  const effects = pipeline.faults.take({ operation: operation.name, account, path });
  progress.effects = effects;
  const waitMs = pipeline.latencyMs + (effects.delayMs ?? 0);
  if (waitMs > 0) await delay(waitMs);
  if (effects.reset === 'before') return undefined;
  const clockSkewMs = effects.clockSkewMs ?? 0;
  exchange.skewMs = clockSkewMs + pipeline.clock.nowMs() - Date.now();
  exchange.truncateBodyAt = effects.truncateBodyAt;
  if (effects.status !== undefined) throw faultRefusal(effects.status, effects);
  const sent = headers['x-ms-version'];
  const { switches } = surroundings.store;
  exchange.version = negotiateVersion(
    typeof sent === 'string' ? sent : undefined,
    target.query.get('sv'),
    switches.unknownVersionsAreTaken,
  );
  if (switches.conditionHeadersAreRefused) refuseConditions(headers);
  const nowMs = Date.now() + exchange.skewMs;
  const { version } = exchange;
  pipeline.pace.take(target, nowMs);
  // By the machine's time: clients sign with theirs, however far the service's clock has been set ahead.
  const authorization = authorizeRequest(pipeline, progress, target, Date.now() + clockSkewMs);
  requireAccess(authorization, operation.access);
  requireTokenVersion(authorization, operation, { version, surroundings });
  const body = hasBody(exchange.request) ? await readBody(exchange.request) : EMPTY;
  surroundings.stats.received(body.length);
  pipeline.pace.moved(target, body.length);
  const { rawHeaders } = exchange.request;
  const { protocol } = pipeline;
  // From here to the return nothing waits: an operation sees and leaves one state.
  return operation.run({
    surroundings,
    method,
    headers,
    rawHeaders,
    target,
    version,
    protocol,
    authorization,
    body,
    effects,
    nowMs,
  });
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

function refuseConditions(headers: IncomingMessage['headers']): void {
  const name = CONDITIONS.find((each) => headers[each] !== undefined);
  if (name !== undefined) throw new ServiceError('ConditionHeadersNotSupported', { details: { HeaderName: name } });
}

type Versioned = { version: string; surroundings: Surroundings };

/** Tokens came for files and directories first, for shares and the service later [authorize-oauth-rest.md]. */
function requireTokenVersion(authorization: Authorization, { access }: Operation, request: Versioned): void {
  if (authorization.kind !== 'bearer' || access.bearerOnly) return;
  requireFeature(request, access.serviceSas ? 'fileTokens' : 'shareTokens');
}

function authorizeRequest(pipeline: Pipeline, { exchange }: Progress, target: Target, nowMs: number): Authorization {
  const { keyOf, store } = pipeline.surroundings;
  if (target.account === '') throw new ServiceError('InvalidUri');
  const key = keyOf(target.account);
  if (!key) {
    const detail = `This emulator has no account '${target.account}'.`;
    throw new ServiceError('AuthenticationFailed', { details: { AuthenticationErrorDetail: detail } });
  }
  const { request } = exchange;
  // A browser asks before it shows credentials.
  if (request.method === 'OPTIONS') return ANYBODY;
  return authorize(
    {
      method: request.method ?? 'GET',
      headers: request.headers,
      target,
      protocol: pipeline.protocol,
      remoteAddress: request.socket.remoteAddress ?? '',
    },
    { nowMs, key, policy: accessPolicyOf(store, target) },
  );
}

function faultRefusal(status: number, { code, retryAfterSeconds }: FaultEffects): ServiceError {
  const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return new ServiceError(code ?? FAULT_CODES[status] ?? 'InternalError', { status, headers });
}

const ANYBODY: Authorization = {
  kind: 'anonymous',
  permissions: undefined,
  resourceTypes: undefined,
  overrides: {},
};

/** The code a scripted status stands for when the script names none. */
const FAULT_CODES: Record<number, string> = {
  400: 'InvalidInput',
  401: 'NoAuthenticationInformation',
  403: 'AuthorizationFailure',
  404: 'ResourceNotFound',
  409: 'SharingViolation',
  412: 'ConditionNotMet',
  429: 'ServerBusy',
  503: 'ServerBusy',
};

function failureAnswer(pipeline: Pipeline, { exchange }: Progress, error: unknown): Answer | undefined {
  if (error instanceof ConnectionLost) return undefined;
  const refusal = refusalOf(error);
  if (refusal) return refusalAnswer(refusal, exchange.requestId);
  pipeline.reportDefect(error);
  return refusalAnswer(new ServiceError('InternalError'), exchange.requestId);
}

function record(pipeline: Pipeline, progress: Progress, answer: Answer | undefined, share: string): void {
  if (!pipeline.log) return;
  const { exchange, operation, target } = progress;
  const code = answer?.headers?.['x-ms-error-code'];
  pipeline.log({
    time: new Date().toISOString(),
    method: exchange.request.method ?? '',
    path: target === undefined ? '' : `/${target.account}/${share}${target.path === '' ? '' : `/${target.path}`}`,
    operation: operation?.name ?? 'Unknown',
    status: answer?.status ?? 0,
    ...(code === undefined ? {} : { code: String(code) }),
    milliseconds: Math.round(performance.now() - progress.beganMs),
    requestId: exchange.requestId,
  });
}
