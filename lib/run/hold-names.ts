/** Matching a directory's listings where their order is not known, with as many names at a time as one process may hold. */
import { type EntryPair, type HashMatch, type HashPass, matchByHash, splitPass } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import type { ListingReader } from './listing-reader.ts';

/** This part of `entriesHeld` may be held by any number of directories; what holds more waits until no other does. */
const freeShare = 0.05;

export interface Readers {
  readonly left: ListingReader;
  readonly right: ListingReader;
}

/** Lets a directory hold many names when those before it hold none any more. */
export interface Room {
  readonly room: (entries: number) => Promise<void>;
  /** To be called when what was held has been dealt with. */
  readonly release: () => void;
}

export function roomIn(context: RunContext): Room {
  let entered: Promise<() => void> | undefined;
  return {
    room: async (entries) => {
      if (entries < context.margins.entriesHeld * freeShare) return;
      entered ??= enter(context);
      await entered;
    },
    release: () => void entered?.then((leave) => leave()),
  };
}

interface Held {
  readonly match: HashMatch;
  /** To be called when the pairs have been dealt with. */
  readonly release: () => void;
}

export async function holdNames(
  context: RunContext,
  { left, right }: Readers,
  { pass, after }: { pass: HashPass; after: string },
): Promise<Held> {
  const mostEntries = context.margins.entriesHeld;
  const { room, release } = roomIn(context);
  try {
    return { match: await matchByHash(left.pages(), right.pages(), { pass, after, mostEntries, room }), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** All pairs of one directory, pass after pass; each lists both sides anew. Those of a pass are gone when the next is asked for. */
export async function* pairsInPasses(
  context: RunContext,
  open: (pass: HashPass) => Readers,
): AsyncGenerator<readonly EntryPair[]> {
  const passes: HashPass[] = [{ index: 0, of: 1 }];
  for (let pass = passes.pop(); pass !== undefined; pass = passes.pop()) {
    const { match, release } = await holdNames(context, open(pass), { pass, after: '' });
    try {
      if (match.kind === 'pairs') {
        yield match.pairs;
        // Else those who await the next pass, here and there, would hold this one as well.
        match.pairs.length = 0;
      } else passes.push(...splitPass(pass, match.entries, context.margins.entriesHeld));
    } finally {
      release();
    }
  }
}

const lastInLine = new WeakMap<RunContext, Promise<void>>();

/** Waits for those who came before; answers what lets the next one in. */
async function enter(context: RunContext): Promise<() => void> {
  const before = lastInLine.get(context);
  let leave: () => void = () => undefined;
  lastInLine.set(context, new Promise((resolve) => (leave = resolve)));
  await before;
  return leave;
}
