/** What the identity that copies may do, against what runs send. A test holds these lists to infra/roles.json. */
import type { Finding, Permission } from '../model/index.ts';
import type { AccountInUse } from './preflight-account.ts';

type Role = 'source' | 'destination';

interface Needs {
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
}

const files = 'Microsoft.Storage/storageAccounts/fileServices';

/** Without pruning, whose right may be another identity's. */
export const neededToCopy: Readonly<Record<Role, Needs>> = {
  source: {
    actions: [
      `${files}/shares/read`,
      `${files}/shares/write`,
      `${files}/shares/lease/action`,
      `${files}/generateUserDelegationKey/action`,
    ],
    dataActions: [`${files}/fileshares/files/read`, `${files}/readFileBackupSemantics/action`],
  },
  destination: {
    actions: [
      `${files}/shares/read`,
      `${files}/shares/write`,
      `${files}/shares/lease/action`,
      // To read from there, for a restore that is tried out.
      `${files}/generateUserDelegationKey/action`,
    ],
    dataActions: [
      `${files}/fileshares/files/read`,
      `${files}/fileshares/files/write`,
      `${files}/fileshares/files/delete`,
      `${files}/fileshares/files/modifypermissions/action`,
      `${files}/readFileBackupSemantics/action`,
      `${files}/writeFileBackupSemantics/action`,
    ],
  },
};

/** Deletes a snapshot, and as well a whole share: Azure has one action for both. */
export const neededToPrune = `${files}/shares/delete`;

const builtIn: Readonly<Record<Role, string>> = {
  source: 'Storage File Data Privileged Reader',
  destination: 'Storage File Data Privileged Contributor',
};

/** For accounts that Entra ID signs in to, and whose permissions Azure tells. Deny assignments are not seen. */
export function judgeRoles({ name, roles, access, settings }: AccountInUse): readonly Finding[] {
  if (access.kind !== 'entra' || 'unknown' in settings || settings.permissions === undefined) return [];
  const { permissions, resourceId } = settings;
  const assign = (role: string): string =>
    `az role assignment create --role "${role}" --scope ${resourceId} --assignee PRINCIPAL_ID`;
  const findings = roles.flatMap((role): readonly Finding[] => {
    const actions = neededToCopy[role].actions.filter((action) => !isGranted(permissions, action));
    const data = neededToCopy[role].dataActions.filter((action) => !isGranted(permissions, action, 'data'));
    const missing = [...actions, ...data].map((action) => action.replace(`${files}/`, '…/')).join(', ');
    if (missing === '') return [];
    const message = `The signed-in identity lacks on ${role} account ${name}: ${missing}. Runs are refused with 403.`;
    const fixes = [
      ...(data.length > 0 ? [assign(builtIn[role])] : []),
      ...(actions.length > 0
        ? [`${assign(`Farshare ${role} shares …`)} (docs/security.md, Identities and roles)`]
        : []),
    ];
    return [{ severity: 'error', code: 'RolesMissing', message, fix: fixes.join('; ') }];
  });
  if (findings.length > 0 || isGranted(permissions, neededToPrune)) return findings;
  const message = `The signed-in identity may not delete snapshots of account ${name}: pruning is left to another identity, or to nobody.`;
  const fix = 'Nothing where pruning is separate (docs/security.md, Pruning apart); else the role "Farshare prune …".';
  return [{ severity: 'info', code: 'PruningElsewhere', message, fix }];
}

function isGranted(permissions: readonly Permission[], action: string, kind: 'control' | 'data' = 'control'): boolean {
  return permissions.some((permission) => {
    const [granted, taken] =
      kind === 'data'
        ? [permission.dataActions, permission.notDataActions]
        : [permission.actions, permission.notActions];
    return granted.some((one) => covers(one, action)) && !taken.some((one) => covers(one, action));
  });
}

/** Azure’s patterns: `*` stands for anything, case does not matter. */
function covers(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const escaped = parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/gu, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'u').test(action.toLowerCase());
}
