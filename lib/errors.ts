/**
 * What the code that meets an error should do about it. The adapters decide it once, from the service's status and error
 * code; nobody else reads a status code.
 *
 * - `retry`: transient; the adapter has retried in place, the message is thrown back to the queue.
 * - `entry`: this one entry cannot be backed up now; it is counted and reported, the shard goes on.
 * - `yield`: another worker holds the work; return without doing anything.
 * - `run`: the run cannot succeed; it is marked failed with this error.
 * - `poison`: the message makes no sense; throw, it ends in the poison queue.
 * - `bug`: an invariant does not hold; throw, and nothing is deleted.
 */
export type Disposition = 'retry' | 'entry' | 'yield' | 'run' | 'poison' | 'bug';

/** The base of every error that Farshare throws itself. Messages never hold a key, a SAS or a token. */
export class FarshareError extends Error {
  readonly code: string;
  readonly disposition: Disposition;
  /** The service operation that failed, as the storage logs name it (`CopyFile`), where there is one. */
  readonly operation: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { disposition: Disposition; operation?: string | undefined; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FarshareError';
    this.code = code;
    this.disposition = options.disposition;
    this.operation = options.operation;
  }
}

/** A conditional write of the run state lost: the row changed, exists already, or is gone. */
export class StateConflictError extends FarshareError {
  constructor(message: string, cause?: unknown) {
    super('StateConflict', message, { disposition: 'yield', cause });
    this.name = 'StateConflictError';
  }
}

/** This worker may no longer write: its lease on the shard ran out, was taken over, or could not be renewed. */
export class ShardLeaseLostError extends FarshareError {
  constructor(message: string) {
    super('ShardLeaseLost', message, { disposition: 'yield' });
    this.name = 'ShardLeaseLostError';
  }
}

/** One problem of a configuration, with where it is and what mends it. */
export interface ConfigProblem {
  /** JSON path of the field, such as `jobs[0].source.share`. */
  readonly path: string;
  readonly message: string;
  /** The offending value as JSON text, or `(secret)`. */
  readonly value: string;
  readonly fix: string;
}

/** The configuration is wrong; `problems` lists everything that is, at once. */
export class ConfigurationError extends FarshareError {
  readonly problems: readonly ConfigProblem[];

  constructor(message: string, problems: readonly ConfigProblem[]) {
    super('InvalidConfiguration', message, { disposition: 'run' });
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** The error as a FarshareError: itself, or wrapped as a `bug` with its cause kept. */
export function asFarshareError(error: unknown): FarshareError {
  if (error instanceof FarshareError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FarshareError('InternalError', message, { disposition: 'bug', cause: error });
}
