/** A thing that nobody here has seen the service do, with what is believed of it and a way to ask. */
import type { ShareClient } from '@azure/storage-file-share';
import type { Target } from './target.ts';

export interface World extends Pick<Target, 'source' | 'destination'> {
  /** Shares for all questions about entries: each uses a directory, or files, of its own name. */
  readonly share: ShareClient;
  readonly otherShare: ShareClient;
}

export interface Fact {
  /** The emulator's switch of that name (docs/emulator.md), or words of our own. */
  readonly name: string;
  readonly means: string;
  /** What the engine and the emulator take for true; absent: measured. */
  readonly believed?: string;
  /** Answers what was seen, in the words of `believed`; `'not asked: …'` where the account does not allow the question. */
  ask(world: World): Promise<string>;
}

/** `'true'` or `'false'`, the words of switches. */
export const yes = (is: boolean): string => String(is);

/** The error code of what is refused; `'done'` of what is not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const { code, statusCode, details } = error as {
      readonly code?: string;
      readonly statusCode?: number;
      readonly details?: { readonly errorCode?: string };
    };
    if (statusCode === undefined) throw error;
    return details?.errorCode ?? code ?? String(statusCode);
  }
}

/** Longer than the 100 ns of the service’s times, and than the milliseconds of the SDK’s. */
export const moment = (ms = 50): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
