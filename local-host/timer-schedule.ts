import { Cron } from 'croner';
import { HostError } from './host-error.ts';

/** An NCRONTAB schedule in UTC. */
export interface Schedule {
  expression: string;
  /** Some of the next occurrences are less than a minute apart: the real host then keeps no schedule status. */
  isUnderOneMinute: boolean;
  /** The first occurrence after `instant`; undefined when there is none. */
  next(instant: Date): Date | undefined;
}

/** NCRONTAB has numbers, names, lists, ranges and steps, and none of croner's L, W, #, ? or @nicknames. */
const field = /^(?:\*|[0-9]+|[A-Za-z]{3,9})(?:-(?:[0-9]+|[A-Za-z]{3,9}))?(?:\/[0-9]+)?$/;
/** As many as the real host looks at. */
const examined = 10;

/** Parses a six-field NCRONTAB expression (five fields mean second 0, as in the real host); throws HostError. */
export function parseSchedule(expression: string): Schedule {
  const fields = expression.trim().split(/\s+/);
  const isWellFormed = fields.every((part) => part.split(',').every((item) => field.test(item)));
  if ((fields.length !== 5 && fields.length !== 6) || !isWellFormed) throw refusal(expression);
  const cron = parse(fields.join(' '), expression);
  const next = (instant: Date) => cron.nextRun(instant) ?? undefined;
  return { expression, isUnderOneMinute: isUnderOneMinute(next), next };
}

function parse(normalized: string, expression: string): Cron {
  try {
    // NCRONTAB wants day of month and day of week both to match; croner's default is either.
    return new Cron(normalized, { paused: true, timezone: 'UTC', domAndDow: true, sloppyRanges: true });
  } catch {
    throw refusal(expression);
  }
}

function refusal(expression: string): HostError {
  return new HostError([`The schedule expression '${expression}' was not recognized as a valid cron expression.`]);
}

function isUnderOneMinute(next: (instant: Date) => Date | undefined): boolean {
  let previous = next(new Date());
  for (let count = 0; count < examined && previous; count++) {
    const following = next(previous);
    if (following && following.getTime() - previous.getTime() < 60_000) return true;
    previous = following;
  }
  return false;
}
