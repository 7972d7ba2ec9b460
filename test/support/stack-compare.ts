import { expect } from 'vitest';
import { comparePlaces } from '../../walker/index.ts';
import { destinationAccount, sourceAccount } from './stack-emulator.ts';
import type { EmulatorControl } from './stack-emulator.ts';

interface Compared {
  readonly sourceSnapshot: string | null;
  /** `undefined` stands for the live share. */
  readonly restorePoint: string | null | undefined;
}

/** Fails unless the run's restore point equals its source snapshot, entry by entry, as the walker sees it. */
export async function expectEqual(
  emulator: EmulatorControl,
  { sourceSnapshot, restorePoint }: Compared,
  [source, destination]: readonly [string, string],
): Promise<number> {
  if (sourceSnapshot === null || restorePoint === null) throw new Error('The run names no snapshots to compare');
  const comparison = await comparePlaces(
    { connectionString: emulator.connectionString(sourceAccount), share: source, snapshot: sourceSnapshot },
    {
      connectionString: emulator.connectionString(destinationAccount),
      share: destination,
      ...(restorePoint === undefined ? {} : { snapshot: restorePoint }),
    },
  );
  expect(comparison.differences.slice(0, 10)).toEqual([]);
  expect(comparison.equal).toBe(true);
  return comparison.entries;
}
