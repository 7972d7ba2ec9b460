import { describe, expect, test } from 'vitest';
import type { AccountSettings, Finding, Permission, SasFacts, ShareFacts } from '../../../lib/model/index.ts';
import {
  type AccountInUse,
  judgeAccount,
  judgeJob,
  judgePair,
  judgeRoles,
  judgeRoom,
  judgeSas,
  judgeShare,
} from '../../../lib/plan/index.ts';
import { neededToCopy, neededToPrune } from '../../../lib/plan/preflight-roles.ts';
import { load, rightConfig } from '../config/configurations.ts';

const nowMs = Date.UTC(2026, 10, 23);
const dayMs = 86_400_000;
const codes = (findings: readonly Finding[]) => findings.map(({ severity, code }) => `${severity} ${code}`);

const settings: AccountSettings = {
  resourceId: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/vaultfiles',
  location: 'northeurope',
  secondaryLocation: undefined,
  sku: 'Standard_ZRS',
  kind: 'StorageV2',
  isAvailable: true,
  allowsSharedKey: false,
  minimumTls: 'TLS1_2',
  copyScope: undefined,
  publicNetwork: 'Enabled',
  deniesByDefault: false,
  privateEndpoints: 0,
  softDeleteDays: 30,
  tenantId: 'one',
  permissions: undefined,
};
const account = (
  role: 'source' | 'destination',
  change: Partial<AccountSettings> = {},
  name = role === 'source' ? 'production' : 'vault',
): AccountInUse => ({
  name,
  roles: [role],
  access: { kind: 'entra', endpoint: `https://${name}.file.core.windows.net` },
  settings: { ...settings, ...change },
});

describe('an account', () => {
  test('that is sound gives rise to nothing', () => {
    expect(judgeAccount(account('source'))).toEqual([]);
    expect(judgeAccount(account('destination'))).toEqual([]);
  });

  test.each<['source' | 'destination', Partial<AccountSettings>, string[]]>([
    ['source', { deniesByDefault: true }, ['error SourceFirewall']],
    ['source', { publicNetwork: 'Disabled', privateEndpoints: 1 }, ['error SourceFirewall']],
    ['destination', { publicNetwork: 'Disabled' }, []],
    ['source', { softDeleteDays: 0 }, ['warning SoftDeleteOff']],
    ['destination', { softDeleteDays: 1 }, ['warning SoftDeleteOff']],
    ['destination', { softDeleteDays: undefined }, ['info SoftDeleteUnknown']],
    ['source', { sku: 'Standard_LRS', minimumTls: 'TLS1_0' }, []],
    ['destination', { sku: 'Standard_LRS' }, ['warning RedundancyLocal']],
    ['destination', { minimumTls: 'TLS1_1' }, ['warning TlsOld']],
    ['destination', { allowsSharedKey: true }, ['warning SharedKeyAllowed']],
    ['source', { kind: 'BlobStorage' }, ['error KindWithoutFiles']],
    ['source', { isAvailable: false }, ['error AccountUnavailable']],
  ])('%s with %o', (role, change, expected) => {
    expect(codes(judgeAccount(account(role, change)))).toEqual(expected);
  });
});

describe('two accounts', () => {
  const pair = (from: Partial<AccountSettings>, to: Partial<AccountSettings>) =>
    codes(judgePair('finance/west', account('source', from), account('destination', to)));

  test('are apart in regions, whatever way these are written', () => {
    expect(pair({ location: 'westeurope' }, { location: 'northeurope' })).toEqual([]);
    expect(pair({ location: 'West Europe' }, { location: 'westeurope' })).toEqual(['error RegionsNotApart']);
  });

  test('of one endpoint are one', () => {
    const destination = { ...account('destination'), access: account('source').access };
    expect(codes(judgePair('finance/west', account('source'), destination))).toEqual(['error SameAccount']);
  });

  test.each<[string, Partial<AccountSettings>, Partial<AccountSettings>, string[]]>([
    ['AAD', { tenantId: 'one' }, {}, []],
    ['AAD', { tenantId: 'two' }, {}, ['error CopyScope']],
    ['AAD', { tenantId: undefined }, {}, ['info CopyScopeUnsure']],
    ['PrivateLink', {}, { privateEndpoints: 1 }, ['error CopyScope']],
    ['PrivateLink', { privateEndpoints: 1 }, { privateEndpoints: 1 }, ['warning CopyScopeUnsure']],
  ])('with copy scope %s, source %o, destination %o', (copyScope, from, to, expected) => {
    expect(pair({ location: 'westeurope', ...from }, { copyScope, ...to })).toEqual(expected);
  });
});

describe('the identity', () => {
  const all: Permission = { actions: ['*'], notActions: [], dataActions: ['*'], notDataActions: [] };
  const judge = (role: 'source' | 'destination', permissions: readonly Permission[] | undefined) =>
    judgeRoles(account(role, { permissions }));
  const exact = (role: 'source' | 'destination'): Permission => ({ ...all, ...neededToCopy[role] });

  test('with all rights, by star or by name, lacks none; without that to prune it is told', () => {
    expect(judge('source', [all])).toEqual([]);
    expect(codes(judge('destination', [exact('destination')]))).toEqual(['info PruningElsewhere']);
    expect(judge('destination', [exact('destination'), { ...all, actions: [neededToPrune.toUpperCase()] }])).toEqual(
      [],
    );
    expect(judge('source', undefined)).toEqual([]);
  });

  test.each(['source', 'destination'] as const)(
    'that lacks any one right on a %s is told which, and the role',
    (role) => {
      for (const kind of ['actions', 'dataActions'] as const) {
        for (const one of neededToCopy[role][kind]) {
          const without = { ...exact(role), [kind]: neededToCopy[role][kind].filter((action) => action !== one) };
          const [finding] = judge(role, [without]);
          expect(finding).toMatchObject({ severity: 'error', code: 'RolesMissing' });
          expect(finding?.message).toContain(`: …/${one.split('/').slice(3).join('/')}.`);
          expect(finding?.fix).toMatch(kind === 'actions' ? /Farshare/u : /Storage File Data Privileged/u);
        }
      }
    },
  );

  test('has no right that a role takes away again', () => {
    const taken = { ...all, notActions: ['Microsoft.Storage/storageAccounts/fileServices/shares/lease/*'] };
    expect(judge('source', [taken])[0]?.message).toContain('shares/lease/action');
    expect(judge('source', [taken, all])).toEqual([]);
  });
});

describe('a SAS', () => {
  const sas: SasFacts = {
    services: 'bf',
    resourceTypes: 'sco',
    permissions: 'rwdlc',
    startsAtMs: undefined,
    expiresAtMs: nowMs + 365 * dayMs,
    httpsOnly: true,
    addresses: '',
  };
  const judge = (change: Partial<SasFacts>, role: 'source' | 'destination' = 'destination') =>
    judgeSas('vault', [role], { sas: { ...sas, ...change }, nowMs });

  test.each<[Partial<SasFacts>, string[]]>([
    [{}, []],
    [{ services: 'b' }, ['error SasLacks']],
    [{ resourceTypes: 'o' }, ['error SasLacks']],
    [{ permissions: 'rl' }, ['error SasLacks']],
    [{ expiresAtMs: nowMs }, ['error SasExpired']],
    [{ expiresAtMs: undefined }, ['error SasExpiryUnknown']],
    [{ expiresAtMs: nowMs + 13 * dayMs }, ['warning SasEndsSoon']],
    [{ startsAtMs: nowMs + 1 }, ['error SasNotYet']],
    [{ httpsOnly: false }, ['warning SasHttp']],
    [{ addresses: '10.0.0.1' }, []],
  ])('with %o', (change, expected) => {
    expect(codes(judge(change))).toEqual(expected);
  });

  test('of a source needs no right to make shares, and no range of addresses', () => {
    expect(judge({ permissions: 'rwdl' }, 'source')).toEqual([]);
    expect(codes(judge({ addresses: '10.0.0.1-10.0.0.9' }, 'source'))).toEqual(['error SasAddresses']);
    expect(judge({ permissions: 'rl' }, 'source').map(({ message }) => message)).toEqual([
      expect.stringContaining('lacks permission w (write: snapshots, leases), permission d (delete: pruning): '),
    ]);
  });
});

describe('a share', () => {
  const share = (change: Partial<ShareFacts>): ShareFacts => ({
    account: 'vault',
    share: 'finance',
    role: 'destination',
    state: 'there',
    operation: '',
    errorCode: '',
    errorMessage: '',
    protocol: 'SMB',
    path: '',
    hasPath: true,
    quotaGib: 100,
    usedBytes: undefined,
    snapshots: 3,
    foreignSnapshots: 0,
    pointFormat: 1,
    skewMs: 400,
    ...change,
  });

  test.each<[Partial<ShareFacts>, string[]]>([
    [{}, []],
    [{ state: 'missing' }, ['info DestinationMissing']],
    [{ state: 'missing', role: 'source' }, ['error SourceMissing']],
    [{ hasPath: false }, []],
    [{ hasPath: false, role: 'source' }, ['error SourceMissing']],
    [{ state: 'unreachable', errorCode: 'NoAnswer' }, ['error AccountUnreachable']],
    [{ state: 'unreachable', errorMessage: 'ChainedTokenCredential authentication failed.' }, ['error NotSignedIn']],
    [{ state: 'refused', errorCode: 'AuthorizationFailure' }, ['error FirewallRefused']],
    [{ state: 'refused', errorCode: 'AuthorizationPermissionMismatch' }, ['error RolesMissing']],
    [{ state: 'refused', errorCode: 'FeatureVersionMismatch' }, ['error VersionRefused']],
    [{ state: 'refused', errorCode: 'Http400' }, ['error AccessRefused']],
    [{ protocol: 'NFS' }, ['error ProtocolNotSupported']],
    [{ pointFormat: 2 }, ['error NewerFormat']],
    [{ snapshots: 179 }, []],
    [{ snapshots: 180 }, ['warning SnapshotsMany']],
    [{ snapshots: 200 }, ['error SnapshotsMany']],
    [{ skewMs: -60_000 }, ['warning ClockSkew']],
    [{ skewMs: 16 * 60_000 }, ['error ClockSkew']],
  ])('that is %o', (change, expected) => {
    expect(codes(judgeShare(share(change)))).toEqual(expected);
  });

  test.each([
    [80, []],
    [95, ['warning QuotaSmall']],
    [101, ['error QuotaSmall']],
  ])('of 100 GiB for a source that uses %d GiB', (gib, expected) => {
    const source = share({ role: 'source', usedBytes: gib * 1024 ** 3 });
    expect(codes(judgeRoom(source, share({})))).toEqual(expected);
  });
});

describe('a job', () => {
  const judge = async (
    change: Record<string, unknown>,
    { keep }: { keep: unknown } = { keep: { last: 7, daily: 30 } },
  ) => {
    const right = rightConfig();
    const jobs = right.jobs.map((job) => ({
      ...job,
      schedule: '0 0 */6 * * *',
      ...change,
      destinations: job.destinations.map((destination) => ({ ...destination, keep })),
    }));
    const { config } = await load({ ...right, jobs });
    return codes(config.jobs.flatMap((job) => judgeJob(job, nowMs)));
  };

  test.each<[Record<string, unknown>, string[]]>([
    [{}, []],
    [{ schedule: undefined }, ['info OnDemandOnly']],
    [{ enabled: false }, ['info OnDemandOnly']],
    [{ schedule: '0 * * * * *' }, ['warning ScheduleTooOften']],
    [{ schedule: { continuous: 'PT1M' } }, []],
    [{ schedule: { continuous: 'PT1H', sealEvery: 'PT1H' } }, ['warning SealsEveryRun']],
    [{ fullEvery: 'PT6H' }, ['warning FullEveryRun']],
    [{ fullEvery: 'P90D' }, []],
    [{ guard: { maxDeletedPercent: 100, maxChangedPercent: 100 } }, ['warning GuardOff']],
  ])('with %o', async (change, expected) => {
    expect(await judge(change)).toEqual(expected);
  });

  test.each<[unknown, string[]]>([
    [undefined, ['warning KeepsAll']],
    [{ last: 0 }, ['warning KeepsAll']],
    [{ last: 1 }, ['warning KeepsOne']],
    [{ last: 1, daily: 1 }, ['warning KeepsOne']],
    [{ last: 2 }, []],
    [{ daily: 190 }, ['warning KeepsTooMany']],
    [{ hourly: 150, daily: 100 }, ['error KeepsTooMany']],
    [{ within: 'P30D' }, []],
    [{ within: 'P60D' }, ['error KeepsTooMany']],
  ])('that keeps %o', async (keep, expected) => {
    expect(await judge({}, { keep })).toEqual(expected);
  });
});
