/** Each [M] fact is asked of the service; what was seen is printed. A fact refuted is news, not a failure. */
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fact, World } from './fact.ts';
import { copyFacts } from './facts-copies.ts';
import { entryFacts } from './facts-entries.ts';
import { shareFacts } from './facts-shares.ts';
import { isSkipped, openTarget, type Target } from './target.ts';

const facts: readonly Fact[] = [...entryFacts, ...shareFacts, ...copyFacts];

async function worldOf({ source, destination }: Target): Promise<World> {
  return { source, destination, share: await source.newShare(), otherShare: await destination.newShare() };
}

const verdictOf = ({ believed }: Fact, seen: string): string => {
  if (believed === undefined || seen.startsWith('not asked')) return seen;
  return seen === believed ? `${seen}: confirmed` : `${seen}: REFUTED, ${believed} was believed`;
};

describe.skipIf(isSkipped)('Facts that nobody here has seen', () => {
  let target: Target;
  let world: World;
  const verdicts: string[] = [];
  beforeAll(async () => {
    target = await openTarget();
    world = await worldOf(target);
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
    process.stdout.write(
      `\nFacts, asked of ${target.name === 'azure' ? 'Azure' : 'the emulator'}:\n${verdicts.join('')}\n`,
    );
  });

  test.each(facts.map((fact) => [fact.name, fact] as const))('%s', async (name, fact) => {
    const seen = await fact.ask(world);

    verdicts.push(`  ${name.padEnd(34)} ${verdictOf(fact, seen).padEnd(18)} ${fact.means}\n`);
    // The emulator does what is believed: else the question, or the belief, is wrong.
    expect(verdictOf(fact, seen)).toMatch(target.name === 'azure' ? /./u : /: confirmed$|^no second$/u);
  });
});

/** Each question can be answered otherwise: by an emulator that was told to. */
const otherwise: Readonly<Record<string, NonNullable<Parameters<typeof openTarget>[0]>>> = {
  childChangeMovesDirectoryTimes: { childChangeMovesDirectoryTimes: false },
  setMetadataMovesChangeTime: { setMetadataMovesChangeTime: false },
  changeTimeIsSettable: { changeTimeIsSettable: false },
  readMovesLastAccessTime: { readMovesLastAccessTime: true },
  resizeMovesLastWriteTime: { resizeMovesLastWriteTime: true },
  renameMovesChangeTime: { renameMovesChangeTime: false },
  writeSetsArchive: { writeSetsArchive: true },
  otherKindIsNotFound: { otherKindIsNotFound: true },
  directoryOverFileIsMismatch: { directoryOverFileIsMismatch: true },
  overwriteIsNewGeneration: { overwriteIsNewGeneration: false },
  rootIsCreatedLate: { rootIsCreatedLate: true },
  newSemanticsDropInherited: { newSemanticsDropInherited: true },
  listingOrder: { listingOrder: 'ordinal' },
  shareLeaseGuardsSets: { shareLeaseGuardsSets: false },
  snapshotMetadataReplaces: { snapshotMetadataReplaces: false },
  softDeletedNameIsFree: { softDeletedNameIsFree: false, shareBeingDeletedMs: 1_000 },
  restoreBringsSnapshots: { restoreBringsSnapshots: false },
  crossAccountCopyPendingMs: { crossAccountCopyPendingMs: 1_500 },
  permissionCopiesAcrossAccounts: { permissionCopiesAcrossAccounts: false },
};

describe.skipIf(isSkipped)('The questions', () => {
  test('see the difference, each of them, when an emulator does the opposite', async ({ skip }) => {
    const switches = Object.assign({}, ...Object.values(otherwise)) as NonNullable<Parameters<typeof openTarget>[0]>;
    await using target = await openTarget(switches);
    if (target.name === 'azure') skip();
    const world = await worldOf(target);

    for (const fact of facts.filter(({ name }) => name in otherwise)) {
      const verdict = verdictOf(fact, await fact.ask(world));
      expect([fact.name, verdict]).not.toEqual([
        fact.name,
        expect.stringMatching(/: confirmed$|^no second$|^not asked/u),
      ]);
    }
  });
});
