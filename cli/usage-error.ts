import { FarshareError, type ConfigProblem } from '../lib/errors.ts';

/** The command line is wrong, or names what does not exist. */
export class UsageError extends FarshareError {
  readonly problems: readonly ConfigProblem[];

  constructor(code: string, message: string, problems: readonly ConfigProblem[] = []) {
    super(code, message, { disposition: 'run' });
    this.name = 'UsageError';
    this.problems = problems;
  }
}
