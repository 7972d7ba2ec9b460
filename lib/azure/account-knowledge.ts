import type { AccessFacts } from '../model/index.ts';
import type { AccountInspector } from '../run/ports.ts';
import { describeAccess } from './access-facts.ts';
import type { AccountAccess } from './account-access.ts';
import { createAccountInspector, type ManagementOptions } from './account-inspector.ts';

/** What is known of the accounts beside their shares. Sends nothing before it is asked. */
export function createAccountKnowledge({
  accounts,
  ...management
}: ManagementOptions & {
  readonly accounts: Readonly<Record<string, AccountAccess>>;
  readonly resourceIds: Readonly<Record<string, string>>;
}): { readonly access: Readonly<Record<string, AccessFacts>>; readonly inspector: AccountInspector } {
  const access = Object.fromEntries(
    Object.entries(accounts).map(([name, account]) => [name, describeAccess(name, account)]),
  );
  const endpoints = Object.fromEntries(Object.entries(access).map(([name, { endpoint }]) => [name, endpoint]));
  return { access, inspector: createAccountInspector({ ...management, endpoints }) };
}
