import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations } from '../../lib/azure/operations.ts';
import { neededToCopy, neededToPrune } from '../../lib/plan/preflight-roles.ts';
import { changingTree } from '../support/changes.ts';
import { startScene, type Scene } from '../support/engine-fixture.ts';
import { oddTree } from '../support/odd-tree.ts';
import { notSeen, requiredActions, settingsActions, type Side } from './required-actions.ts';
import { Expression } from './bicep.ts';
import { asObject, declarationsOf, declared, files, infra, resourcesOf } from './template.ts';

interface Role {
  readonly id?: string;
  readonly actions?: readonly string[];
  readonly dataActions?: readonly string[];
}

interface Grant {
  readonly role: string;
  readonly holder: 'copy' | 'prune';
}

interface RoleTable {
  readonly builtIn: Readonly<Record<string, Role>>;
  readonly custom: Readonly<Record<string, Role>>;
  readonly assignments: Readonly<
    Record<Side, { readonly builtIn: readonly Grant[]; readonly custom: readonly Grant[] }>
  >;
}

const table = JSON.parse(readFileSync(join(infra, 'roles.json'), 'utf8')) as RoleTable;
const sides: readonly Side[] = ['source', 'destination'];

const grantedOn = (side: Side, holders: readonly string[] = ['copy', 'prune']) => {
  const { builtIn, custom } = table.assignments[side];
  const roles = [
    ...builtIn.filter(({ holder }) => holders.includes(holder)).map(({ role }) => table.builtIn[role]),
    ...custom.filter(({ holder }) => holders.includes(holder)).map(({ role }) => table.custom[role]),
  ];
  return {
    actions: sorted(roles.flatMap((role) => role?.actions ?? [])),
    dataActions: sorted(roles.flatMap((role) => role?.dataActions ?? [])),
  };
};

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();

const namesOn = (side: Side) =>
  Object.entries(requiredActions).flatMap(([name, requirement]) => (requirement.sides.includes(side) ? [name] : []));

describe.each(sides)('On the %s', (side) => {
  test('the roles grant what the operations there need, and nothing more', () => {
    const required = Object.values(requiredActions).filter((one) => one.sides.includes(side));

    expect(grantedOn(side)).toEqual({
      actions: sorted([...required.flatMap(({ actions = [] }) => actions), ...settingsActions]),
      dataActions: sorted(required.flatMap(({ dataActions = [] }) => dataActions)),
    });
  });

  test('the check before runs asks for the rights that the table gives, and tells those to copy from that to prune', () => {
    const { actions, dataActions } = grantedOn(side, ['copy']);

    expect({
      actions: sorted([...neededToCopy[side].actions, ...settingsActions]),
      dataActions: sorted(neededToCopy[side].dataActions),
    }).toEqual({ actions, dataActions });
    expect(grantedOn(side, ['prune']).actions).toContain(neededToPrune);
  });

  test('the identity that copies can delete neither snapshots nor shares unless it prunes too', () => {
    const { actions } = grantedOn(side, ['copy']);

    expect(actions.filter((action) => /delete|restore|\*/u.test(action))).toEqual([]);
  });
});

test('The source can be read and its snapshots be taken, and no file of it be written', () => {
  expect(grantedOn('source').dataActions.filter((action) => /write|delete|modify/iu.test(action))).toEqual([]);
});

test('Every operation that lib/azure can send is mapped to what it needs', () => {
  expect(Object.keys(requiredActions).toSorted()).toEqual(Object.keys(operations).toSorted());
});

test('Runs send on each side the operations that are mapped there, all of them and no other', async () => {
  const seen = await requestsOfRuns();

  for (const side of sides) {
    expect([...seen[side]].filter((name) => !namesOn(side).includes(name))).toEqual([]);
    expect(namesOn(side).filter((name) => !(name in notSeen || seen[side].has(name)))).toEqual([]);
  }
}, 60_000);

test('An identity that only prunes can do all that farshare prune sends, on both sides', async () => {
  await using scene = await startScene({
    tree: { 'a.txt': 'a' },
    source: { keep: { last: 1 } },
    destinations: [{ keep: { last: 1 } }],
  });
  const app = scene.engine();
  Object.assign(app.context, { pruning: 'separate' });
  for (let run = 0; run < 3; run += 1) await app.run();
  const before = scene.counted();

  await scene.engine().engine.prune('docs', { dryRun: false });

  const after = scene.counted();
  const pruned = new Set(table.custom['prune']?.actions);
  for (const side of sides) {
    const sent = Object.keys(after[side]).filter((name) => after[side][name] !== before[side][name]);
    const needs = sent.map((name) => requiredActions[name as keyof typeof requiredActions]);
    expect(sent).toContain('DeleteShare');
    expect(needs.flatMap(({ actions = [] }) => actions).filter((action) => !pruned.has(action))).toEqual([]);
    expect(needs.flatMap(({ dataActions = [] }) => dataActions)).toEqual([]);
  }
}, 60_000);

test('The template assigns the roles of the table in every place that has one', () => {
  const { assignments, builtIn, custom } = table;
  const modules = declarationsOf('main.bicep').filter(({ kind, what }) => kind === 'module' && /roles/u.test(what));
  const places = modules.map(
    ({ value }) => asObject(asObject(Array.isArray(value) ? value[0] : value)['params'])['place'],
  );
  const named = Object.values(assignments).flatMap((grants) =>
    Array.isArray(grants) ? (grants as string[]) : [...grants.builtIn, ...grants.custom].map(({ role }) => role),
  );

  expect(new Set(places)).toEqual(new Set(Object.keys(assignments)));
  expect(new Set(named)).toEqual(new Set([...Object.keys(builtIn), ...Object.keys(custom)]));
  expect(declared('modules/roles.bicep', 'var', 'table').value).toEqual(
    new Expression("loadJsonContent('../roles.json')"),
  );
});

test('Role assignments are made in one module, and to no role by a name or number of their own', () => {
  const places = resourcesOf('Microsoft.Authorization/roleAssignments').map(({ file }) => file);

  expect([...new Set(places)]).toEqual(['modules/roles.bicep']);
  for (const path of files.keys()) {
    expect(readFileSync(join(infra, path), 'utf8')).not.toMatch(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/u);
  }
});

/** Runs that between them take every path that the emulator has: first and later, by both methods, with every change. */
async function requestsOfRuns(): Promise<Record<Side, Set<string>>> {
  const seen = { source: new Set<string>(), destination: new Set<string>() };
  for (const copyMethod of ['copy-file', 'ranges']) {
    await using scene = await startScene({
      tree: { ...oddTree, ...changingTree, 'gone/with/all.txt': 'x', 'gone.txt': 'y', 'Case.txt': 'z' },
      job: { copyMethod, guard: { maxDeletedPercent: 100, maxChangedPercent: 100 } },
      source: { keep: { last: 1 } },
      destinations: [{ keep: { last: 1 } }],
    });
    const engine = scene.engine();
    await engine.run();
    change(scene);
    await engine.run();
    await engine.run();
    const counted = scene.counted();
    for (const side of sides) for (const name of Object.keys(counted[side])) seen[side].add(name);
  }
  return seen;
}

function change({ store, source }: Scene): void {
  store.files.putRange(source.at('docs/file.txt'), 0, new Uint8Array(Buffer.from('CONTENT')));
  store.files.setMetadata(source.at('still.txt'), { now: 'marked' });
  store.directories.setMetadata(source.at('docs'), { team: 'two' });
  store.directories.setProperties(source.at('docs/deep'), { attributes: 'Hidden' });
  store.files.delete(source.at('gone.txt'));
  store.files.delete(source.at('gone/with/all.txt'));
  store.directories.delete(source.at('gone/with'));
  store.directories.delete(source.at('gone'));
  store.files.rename(source.at('Case.txt'), source.at('CASE.txt'));
  store.directories.rename(source.at('Mixed Case'), source.at('MIXED case'));
}
