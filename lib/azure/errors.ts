/** The only place that reads a status code of a storage service. */
import { FarshareError, type Disposition } from '../errors.ts';
import { traitsOf, type OperationName } from './operations.ts';

export interface ServiceAnswer {
  readonly status: number;
  /** `x-ms-error-code`, or `''`. */
  readonly code: string;
  /** What the service says in its body, or `''`. */
  readonly message: string;
  /** `x-ms-copy-source-status-code` (Copy File, Put Range From URL). */
  readonly copySourceStatus?: number;
}

/** Statuses after which the same request may succeed soon (facts §3, Throttling). */
const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

export const isTransientStatus = (status: number): boolean => transientStatuses.has(status);
export const isThrottled = (status: number): boolean => status === 503 || status === 429;

/** Codes that decide alone, whatever the request and the status. */
const dispositionsByCode: ReadonlyMap<string, Disposition> = new Map([
  ['ShareNotFound', 'run'],
  ['ShareSnapshotNotFound', 'run'],
  ['ShareDisabled', 'run'],
  ['AccountIsDisabled', 'run'],
  // Over within a minute: a share of that name was deleted, another snapshot is being made.
  ['ShareBeingDeleted', 'retry'],
  ['ShareSnapshotInProgress', 'retry'],
]);

/** The disposition of a refused request. Pure; the table in test/unit/azure/errors.test.ts is its contract. */
export function dispositionOf(operation: OperationName, answer: ServiceAnswer): Disposition {
  const decided = dispositionsByCode.get(answer.code);
  if (decided !== undefined) return decided;
  if (isTransientStatus(answer.status) || isTransientStatus(answer.copySourceStatus ?? 0)) return 'retry';
  // 407 is a proxy's.
  if (answer.status === 401 || answer.status === 407) return 'run';
  return traitsOf(operation).concerns === 'entry' ? 'entry' : 'run';
}

/** A request that the service refused, or that got no answer. */
export class RequestError extends FarshareError {
  /** An earlier attempt of the same request got no clear answer, so the refusal may be of its own repetition. */
  readonly afterUnclearAttempt: boolean;

  constructor(
    code: string,
    message: string,
    options: { disposition: Disposition; operation?: string; cause?: unknown; afterUnclearAttempt?: boolean },
  ) {
    super(code, message, options);
    this.name = 'RequestError';
    this.afterUnclearAttempt = options.afterUnclearAttempt ?? false;
  }
}

export function refusedRequest(
  operation: OperationName,
  answer: ServiceAnswer,
  afterUnclearAttempt: boolean,
): RequestError {
  const code = answer.code === '' ? `Http${answer.status}` : answer.code;
  const said = redact(answer.message);
  const message = `${operation} answered ${answer.status} ${code}${said === '' ? '' : `: ${said}`}`;
  return new RequestError(code, message, {
    disposition: dispositionOf(operation, answer),
    operation,
    afterUnclearAttempt,
  });
}

/** Errors of @azure/identity that say what is configured, and not what went wrong with a token this time. */
const permanentCredentialErrors: ReadonlySet<string> = new Set([
  'CredentialUnavailableError',
  'AuthenticationRequiredError',
]);

/** Node's word for a tunnel that a proxy did not make; its text has the proxy's status. */
const isProxyRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_PROXY_TUNNEL' && /\b407\b/u.test(error.message);

/** No answer: a broken connection, a name that does not resolve, a timeout. The cause is left out, it holds the request. */
export function unansweredRequest(operation: OperationName, error: unknown, timedOutAfterMs?: number): RequestError {
  if (timedOutAfterMs !== undefined) {
    const message = `${operation} got no answer within ${timedOutAfterMs} ms`;
    return new RequestError('RequestTimeout', message, { disposition: 'retry', operation });
  }
  const reason = redact(error instanceof Error ? error.message : String(error));
  if (isProxyRefusal(error)) {
    const message = `${operation} was not let through by the proxy: 407, it wants another user or password`;
    return new RequestError('ProxyRefused', message, { disposition: 'run', operation });
  }
  if (error instanceof Error && permanentCredentialErrors.has(error.name)) {
    return new RequestError('NoCredential', `${operation} was not sent: ${reason}`, { disposition: 'run', operation });
  }
  return new RequestError('ConnectionFailed', `${operation} got no answer: ${reason}`, {
    disposition: 'retry',
    operation,
  });
}

/** An answer that says success and cannot be read: cut short on its way, or not the service's. */
export const malformedAnswer = (operation: string, reason: string): RequestError =>
  new RequestError('MalformedAnswer', `${operation} answered what cannot be read: ${redact(reason)}`, {
    disposition: 'retry',
    operation,
  });

/** The first line of a service's message, without URLs, query strings, signatures and tokens. */
export function redact(message: string): string {
  const firstLine = message.split(/[\r\n]/u, 1)[0] ?? '';
  return firstLine
    .replaceAll(/\bhttps?:\/\/[^\s'"<>]*/giu, '(url)')
    .replaceAll(/\?[^\s'"<>]*=[^\s'"<>]*/gu, '(query)')
    .replaceAll(/\b(?:sig|signature|accountkey|sharedaccesssignature|se|sp|sv|skoid|sktid)=[^\s&;'"<>]*/giu, '(secret)')
    .replaceAll(/\b(?:Bearer|SharedKey(?:Lite)?)\s+[^\s'"<>]+/giu, '(secret)')
    .slice(0, 500)
    .trim();
}

/** `undefined` where the service refused with one of the codes; any other failure is thrown on. */
export async function unlessRefused<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FarshareError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
