import type { AccessRight, Store } from './store/index.ts';
import { FaultScriptError } from './faults.ts';
import type { Faults } from './faults.ts';
import type { Stats } from './stats.ts';

/** Path prefix of everything that is not Azure's. `_emulator` is no valid account name, so that it hides nothing. */
export const CONTROL_PREFIX = '/_emulator/';

/** What the control endpoints act on. */
export type Controlled = {
  stats: Stats;
  faults: Faults;
  store: Store;
  hasAccount: (account: string) => boolean;
  accounts: readonly string[];
};

/** A JSON answer of a control endpoint. */
export type ControlAnswer = { status: number; document: unknown };

/** Answers a control request. Unknown paths, wrong methods and bad documents get 404, 405 and 400 with a sentence. */
export function answerControl(controlled: Controlled, method: string, url: string, body: string): ControlAnswer {
  const path = (url.split('?')[0] ?? '').slice(CONTROL_PREFIX.length);
  const actions = ACTIONS[path];
  if (!actions) return problem(404, `Control endpoints: ${Object.keys(ACTIONS).join(', ')}.`);
  const action = actions[method];
  if (!action) return problem(405, `/_emulator/${path} takes ${Object.keys(actions).join(', ')}.`);
  try {
    return action(controlled, body);
  } catch (error) {
    if (error instanceof BadDocument || error instanceof FaultScriptError) return problem(400, error.message);
    if (error instanceof Error && 'status' in error) return problem(Number(error.status), error.message);
    throw error;
  }
}

class BadDocument extends Error {
  override readonly name = 'BadDocument';
}

type Action = (controlled: Controlled, body: string) => ControlAnswer;

const ACTIONS: Record<string, Record<string, Action>> = {
  stats: { GET: ({ stats }) => ({ status: 200, document: stats.report() }) },
  'stats/reset': {
    POST: ({ stats }) => {
      stats.reset();
      return { status: 200, document: stats.report() };
    },
  },
  faults: {
    GET: ({ faults }) => ({ status: 200, document: faults.report() }),
    POST: ({ faults }, body) => {
      faults.replace(parseJson(body));
      return { status: 200, document: faults.report() };
    },
    DELETE: ({ faults }) => {
      faults.clear();
      return { status: 200, document: [] };
    },
  },
  tree: { POST: growTree },
  handles: { POST: openHandle, DELETE: closeHandles },
};

function growTree({ store, hasAccount }: Controlled, body: string): ControlAnswer {
  const members = objectOf(body);
  const account = textMember(members, 'account');
  const share = textMember(members, 'share');
  if (!hasAccount(account)) throw new BadDocument(`account: this emulator has no account '${account}'.`);
  makeShare(store, { account, share });
  const grown = store.tree.grow(
    { account, share },
    {
      path: members['path'] === undefined ? '' : textMember(members, 'path').replace(/^\/+|\/+$/g, ''),
      files: wholeMember(members, 'files', 0),
      filesPerDirectory: wholeMember(members, 'filesPerDirectory', 1),
      depth: wholeMember(members, 'depth', 1),
      sizeBytes: wholeMember(members, 'sizeBytes', 0),
      seed: seedMember(members),
    },
  );
  return { status: 200, document: grown };
}

/** Pretends an SMB client that holds a file or a directory open. */
function openHandle({ store, hasAccount }: Controlled, body: string): ControlAnswer {
  const members = objectOf(body);
  const account = textMember(members, 'account');
  if (!hasAccount(account)) throw new BadDocument(`account: this emulator has no account '${account}'.`);
  const path = members['path'] === undefined ? '' : textMember(members, 'path');
  const entry = { account, share: textMember(members, 'share'), path, allowTrailingDot: true };
  const clientName = members['clientName'] === undefined ? undefined : textMember(members, 'clientName');
  const handle = store.handles.open(entry, {
    accessRights: rightsMember(members, 'accessRights'),
    sharing: rightsMember(members, 'sharing'),
    deletePending: members['deletePending'] === true,
    clientName,
  });
  return { status: 201, document: handle };
}

function closeHandles({ store, accounts }: Controlled): ControlAnswer {
  for (const account of accounts) store.handles.clear(account);
  return { status: 200, document: [] };
}

function rightsMember(members: Record<string, unknown>, name: string): AccessRight[] | undefined {
  const value = members[name];
  if (value === undefined) return undefined;
  const rights: readonly unknown[] = ['Read', 'Write', 'Delete'];
  if (Array.isArray(value) && value.every((each) => rights.includes(each))) return value as AccessRight[];
  throw new BadDocument(`${name} must be an array of Read, Write and Delete.`);
}

function makeShare(store: Store, ref: { account: string; share: string }): void {
  try {
    store.shares.getProperties(ref);
  } catch {
    store.shares.create(ref);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadDocument(`The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function objectOf(text: string): Record<string, unknown> {
  const spec = parseJson(text);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) throw new BadDocument('An object is wanted.');
  return spec as Record<string, unknown>;
}

function textMember(members: Record<string, unknown>, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new BadDocument(`${name} must be a string.`);
  return value;
}

const TREE_DEFAULTS: Record<string, number> = { filesPerDirectory: 1000, depth: 1, sizeBytes: 0 };

function wholeMember(members: Record<string, unknown>, name: string, minimum: number): number {
  const value = members[name] ?? TREE_DEFAULTS[name];
  if (!Number.isSafeInteger(value) || (value as number) < minimum) {
    throw new BadDocument(`${name} must be a whole number from ${minimum}.`);
  }
  return value as number;
}

function seedMember(members: Record<string, unknown>): number | string {
  const value = members['seed'] ?? 0;
  if (typeof value !== 'number' && typeof value !== 'string')
    throw new BadDocument('seed must be a number or a string.');
  return value;
}

function problem(status: number, message: string): ControlAnswer {
  return { status, document: { error: message } };
}
