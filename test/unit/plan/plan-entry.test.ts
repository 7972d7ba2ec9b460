import { describe, expect, test } from 'vitest';
import { planEntry, type PlanContext } from '../../../lib/plan/index.ts';
import { aDirectory, aFile, timesWith } from './entries.ts';

const baseMs = 1_700_000_000_900;
const context: PlanContext = { baseSnapshotMs: baseMs, compareChangeTime: true, full: false, deletions: 'mirror' };
const otherWrite = { times: timesWith({ lastWrite: '2026-02-01T00:00:00.0000009Z' }) };
const otherChange = { times: timesWith({ change: '2026-03-01T00:00:00.0000000Z' }) };
const otherCreation = { times: timesWith({ creation: '2025-01-01T00:00:00.0000000Z' }) };
/** Written at the destination while it was marked as unfinished. */
const young = { lastModifiedMs: 1_800_000_000_000 };
const distrusting = { distrustSinceMs: young.lastModifiedMs };
const source = aFile('a');

describe('a file on both sides', () => {
  test.each([
    ['nothing is different', {}, {}, { kind: 'none', reason: 'equal' }],
    ['the size differs', { sizeBytes: 11 }, {}, { kind: 'copy', reason: 'size' }],
    ['LastWriteTime differs', otherWrite, {}, { kind: 'copy', reason: 'modified' }],
    [
      'only ChangeTime differs',
      otherChange,
      {},
      { kind: 'compare-ranges', reason: 'changed', heldChange: otherChange.times.change, propertiesDiffer: true },
    ],
    ['ChangeTime is not kept there', otherChange, { compareChangeTime: false }, { kind: 'none', reason: 'equal' }],
    [
      'there is no base to diff against',
      otherChange,
      { baseSnapshotMs: undefined },
      { kind: 'copy', reason: 'changed' },
    ],
    [
      'the diff would say nothing about a torn copy',
      { ...otherChange, ...young },
      distrusting,
      { kind: 'copy', reason: 'changed' },
    ],
    ['a full run was asked for', {}, { full: true }, { kind: 'copy', reason: 'full' }],
    [
      'the attributes differ',
      { attributes: 'Archive|Hidden' },
      {},
      { kind: 'set-properties', reason: 'attributes', distrusted: false },
    ],
    [
      'the creation time differs',
      otherCreation,
      {},
      { kind: 'set-properties', reason: 'attributes', distrusted: false },
    ],
    [
      'nothing is known of the past',
      {},
      { baseSnapshotMs: undefined },
      { kind: 'compare-properties', reason: 'touched', distrusted: false },
    ],
    ['it may be an unfinished copy', young, distrusting, { kind: 'verify-copy', reason: 'distrusted' }],
    [
      'it was written just before the mark, within the margin',
      { lastModifiedMs: young.lastModifiedMs - 2000 },
      distrusting,
      { kind: 'verify-copy', reason: 'distrusted' },
    ],
    [
      'it is older than the mark',
      { lastModifiedMs: young.lastModifiedMs - 2001 },
      distrusting,
      { kind: 'none', reason: 'equal' },
    ],
    [
      'the attributes of a perhaps unfinished copy differ',
      { ...young, attributes: 'None' },
      distrusting,
      { kind: 'set-properties', reason: 'attributes', distrusted: true },
    ],
    ['the permission keys differ, which says nothing', { permissionKey: '2*2' }, {}, { kind: 'none', reason: 'equal' }],
  ])('when %s', (_, destination, changes, action) => {
    const { baseSnapshotMs, ...rest } = { ...context, ...changes } as PlanContext;
    const known = baseSnapshotMs === undefined ? rest : { ...rest, baseSnapshotMs };

    expect(planEntry(source, aFile('a', destination), known)).toEqual({ ...action, renameCase: false });
  });

  test.each([
    [Math.floor(baseMs / 1000) * 1000 - 1, 'none'],
    // The service shows whole seconds: the base's own second may lie after the base.
    [Math.floor(baseMs / 1000) * 1000, 'compare-properties'],
    [baseMs + 5000, 'compare-properties'],
  ])('when the source was last modified at %i: %s', (lastModifiedMs, kind) => {
    const touched = aFile('a', { lastModifiedMs });

    expect(planEntry(touched, aFile('a'), context)).toMatchObject({ kind });
  });

  test.each([
    ['are equal', {}, false],
    ['differ in attributes', { attributes: 'Archive|Hidden' }, true],
  ])(
    'a touched one whose listings %s has its ranges asked for, since a writer may put all times back',
    (_, held, propertiesDiffer) => {
      const touched = aFile('a', { lastModifiedMs: baseMs });

      expect(planEntry(touched, aFile('a', held), { ...context, diffTouched: true })).toEqual({
        kind: 'compare-ranges',
        reason: 'changed',
        propertiesDiffer,
        renameCase: false,
      });
    },
  );

  test('a touched and perhaps unfinished one has both asked', () => {
    const touched = aFile('a', { lastModifiedMs: baseMs });

    expect(planEntry(touched, aFile('a', young), { ...context, ...distrusting })).toEqual({
      kind: 'compare-properties',
      reason: 'touched',
      distrusted: true,
      renameCase: false,
    });
  });

  test('is renamed where the case differs, whatever else it needs', () => {
    expect(planEntry(aFile('A'), aFile('a'), context)).toEqual({ kind: 'none', reason: 'equal', renameCase: true });
    expect(planEntry(aFile('A', { sizeBytes: 1 }), aFile('a'), context)).toMatchObject({
      kind: 'copy',
      renameCase: true,
    });
  });
});

describe('a directory on both sides', () => {
  test.each([
    ['nothing is different', {}, {}, { reason: 'equal', differs: false, touched: false }],
    ['LastWriteTime differs', otherWrite, {}, { reason: 'modified', differs: true, touched: false }],
    ['ChangeTime differs', otherChange, {}, { reason: 'modified', differs: true, touched: false }],
    [
      'ChangeTime is not kept there',
      otherChange,
      { compareChangeTime: false },
      { reason: 'equal', differs: false, touched: false },
    ],
    [
      'the attributes differ',
      { attributes: 'Directory|Hidden' },
      {},
      { reason: 'attributes', differs: true, touched: false },
    ],
    ['a full run was asked for', {}, { full: true }, { reason: 'full', differs: true, touched: true }],
  ])('when %s', (_, destination, changes, expected) => {
    const action = planEntry(aDirectory('d'), aDirectory('d', destination), { ...context, ...changes });

    expect(action).toEqual({ kind: 'enter-directory', renameCase: false, ...expected });
  });

  test('when the source was touched since the base', () => {
    const touched = aDirectory('D', { lastModifiedMs: baseMs });

    expect(planEntry(touched, aDirectory('d'), context)).toEqual({
      kind: 'enter-directory',
      reason: 'touched',
      differs: false,
      touched: true,
      renameCase: true,
    });
    expect(planEntry(touched, aDirectory('D', otherWrite), context)).toMatchObject({ differs: true, touched: true });
  });
});

describe('an entry on one side, or of two kinds', () => {
  test.each([
    ['a file at the source', aFile('a'), undefined, { kind: 'copy', reason: 'missing', renameCase: false }],
    ['a directory at the source', aDirectory('a'), undefined, { kind: 'make-directory', reason: 'missing' }],
    ['a file at the destination', undefined, aFile('a'), { kind: 'delete', reason: 'extra' }],
    ['a directory at the destination', undefined, aDirectory('a'), { kind: 'delete', reason: 'extra' }],
    ['a file over a directory', aFile('a'), aDirectory('a'), { kind: 'late', reason: 'kind' }],
    ['a directory over a file', aDirectory('a'), aFile('a'), { kind: 'late', reason: 'kind' }],
  ])('%s', (_, atSource, atDestination, action) => {
    expect(planEntry(atSource, atDestination, context)).toEqual(action);
  });

  test('what only the destination has stays where deletions are off', () => {
    const keeping: PlanContext = { ...context, deletions: 'keep' };

    expect(planEntry(undefined, aFile('a'), keeping)).toEqual({ kind: 'keep', reason: 'deletions-off' });
    expect(planEntry(aFile('a'), aDirectory('a'), keeping)).toEqual({ kind: 'late', reason: 'kind' });
  });

  test('an excluded entry is left alone on either side', () => {
    const excluding: PlanContext = { ...context, excluded: true };

    expect(planEntry(aFile('a'), undefined, excluding)).toEqual({ kind: 'excluded', reason: 'pattern' });
    expect(planEntry(undefined, aFile('a'), excluding)).toEqual({ kind: 'excluded', reason: 'pattern' });
  });
});
