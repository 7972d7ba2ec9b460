/** Something the app's author has to mend before the host can run the app; all problems at once, no secrets in them. */
export class HostError extends Error {
  override name = 'HostError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
