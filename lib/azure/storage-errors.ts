/** Errors of the SDKs for tables and queues, translated once. */
import { FarshareError, type Disposition } from '../errors.ts';
import { isTransientStatus, redact } from './errors.ts';

interface SdkError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly details?: { readonly errorCode?: string; readonly odataError?: { readonly code?: string } };
}

/** Status and error code of an SDK's error; status 0 = no answer came. */
export function readSdkError(error: unknown): { status: number; code: string } {
  if (!(error instanceof Error)) return { status: 0, code: '' };
  const { statusCode, code, details }: SdkError = error;
  return { status: statusCode ?? 0, code: details?.odataError?.code ?? details?.errorCode ?? code ?? '' };
}

/**
 * Run state and queues: no answer and busy services are `retry`; a refusal concerns everything (`run`); what is too large
 * or malformed is our own mistake.
 */
export function translateSdkError(operation: string, error: unknown): FarshareError {
  if (error instanceof FarshareError) return error;
  const { status, code } = readSdkError(error);
  const said = redact(error instanceof Error ? error.message : String(error));
  const answer = status === 0 ? 'got no answer' : `answered ${status}`;
  return new FarshareError(code === '' ? `Http${status}` : code, `${operation} ${answer}: ${said}`, {
    disposition: dispositionOfStatus(status, code),
    operation,
  });
}

function dispositionOfStatus(status: number, code: string): Disposition {
  if (status === 0 || isTransientStatus(status) || code === 'TableBeingDeleted' || code === 'QueueBeingDeleted') {
    return 'retry';
  }
  return status === 401 || status === 403 || status === 404 ? 'run' : 'bug';
}
