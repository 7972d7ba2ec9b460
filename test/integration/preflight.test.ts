/** `farshare check` as it is composed, against shares of the emulator and the real management SDK. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { composeLocal } from '../../lib/compose.ts';
import type { Finding } from '../../lib/model/index.ts';
import { type Scene, startScene } from '../support/engine-fixture.ts';
import {
  type ManagedAccount,
  type ManagementEndpoint,
  startManagementEndpoint,
  subscription,
} from '../support/management-endpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'farshare-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sound = (location: string) => ({
  location,
  kind: 'StorageV2',
  sku: { name: 'Standard_ZRS' },
  properties: {
    primaryLocation: location,
    statusOfPrimary: 'available',
    minimumTlsVersion: 'TLS1_2',
    publicNetworkAccess: 'Enabled',
    networkAcls: { defaultAction: 'Allow' },
    primaryEndpoints: { file: `https://${location}.file.core.windows.net/` },
  },
});
const softDelete = { enabled: true, days: 30 };
const soundPair: readonly ManagedAccount[] = [
  { name: 'prodfiles', account: sound('westeurope'), softDelete },
  { name: 'vaultfiles', account: sound('northeurope'), softDelete },
];

async function check(
  scene: Scene,
  endpoint?: ManagementEndpoint,
  options: { subscription?: string; ids?: boolean } = {},
) {
  const ids = { production: 'prodfiles', vault: 'vaultfiles' };
  const resourceIds =
    endpoint === undefined || options.ids === false
      ? {}
      : Object.fromEntries(Object.entries(ids).map(([name, account]) => [name, endpoint.idOf(account)]));
  const engine = await composeLocal({
    config: { ...scene.loaded, resourceIds },
    stateDirectory: join(folder, String(Math.random())),
    log: () => undefined,
    ...(endpoint && { management: endpoint.management }),
  });
  try {
    return await engine.check(options.subscription === undefined ? {} : { subscription: options.subscription });
  } finally {
    await engine.close();
  }
}

const codes = (findings: readonly Finding[]) => findings.map(({ severity, code }) => `${severity} ${code}`);
const sane = {
  job: { schedule: '0 0 3 * * *' },
  destinations: [{ keep: { last: 7, daily: 30 } }],
  tree: { 'a.txt': 'x' },
} as const;

describe('with nothing wrong', () => {
  test('a sound pair of accounts is found sound, by requests that Azure Resource Manager would take', async () => {
    await using scene = await startScene(sane);
    await using endpoint = await startManagementEndpoint(soundPair);
    await scene.engine().run();

    expect(await check(scene, endpoint)).toEqual([]);

    expect(endpoint.scopes.every((scope) => scope === 'https://management.azure.com/.default')).toBe(true);
    expect(new Set(endpoint.requests)).toEqual(
      new Set(
        ['prodfiles', 'vaultfiles'].flatMap((name) => [
          `GET ${endpoint.idOf(name)}?api-version=2025-06-01`,
          `GET ${endpoint.idOf(name)}/fileServices/default?api-version=2025-06-01`,
          `GET ${endpoint.idOf(name)}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`,
          `GET /subscriptions/${subscription}?api-version=2022-12-01`,
        ]),
      ),
    );
  });

  test('nothing is written, on neither side', async () => {
    await using scene = await startScene(sane);
    await check(scene);

    const { source, destination } = scene.counted();
    expect(Object.keys(source).toSorted()).toEqual([
      'GetShareProperties',
      'GetShareStats',
      'ListFilesAndDirectories',
      'ListShares',
    ]);
    expect(Object.keys(destination)).toEqual(['GetShareProperties']);
  });
});

describe('the settings of the accounts', () => {
  test('each that hurts is named, and the request that was refused once is made again', async () => {
    await using scene = await startScene(sane);
    const closed = sound('westeurope');
    const weak = sound('West Europe');
    await using endpoint = await startManagementEndpoint(
      [
        {
          name: 'prodfiles',
          account: { ...closed, properties: { ...closed.properties, networkAcls: { defaultAction: 'Deny' } } },
          softDelete,
        },
        {
          name: 'vaultfiles',
          account: {
            ...weak,
            sku: { name: 'Standard_LRS' },
            properties: {
              ...weak.properties,
              allowedCopyScope: 'PrivateLink',
              minimumTlsVersion: 'TLS1_0',
              allowSharedKeyAccess: false,
            },
          },
        },
      ],
      { busyTimes: 1 },
    );

    const findings = await check(scene, endpoint);

    expect(codes(findings)).toEqual([
      'error SourceFirewall',
      'error SharedKeyRefused',
      'error RegionsNotApart',
      'error CopyScope',
      'warning SoftDeleteOff',
      'warning RedundancyLocal',
      'warning TlsOld',
      'info DestinationMissing',
    ]);
    expect(findings[0]?.fix).toBe(
      `az storage account update --ids ${endpoint.idOf('prodfiles')} --public-network-access Enabled --default-action Allow`,
    );
    expect(findings.every(({ message, fix }) => message.endsWith('.') && fix !== '')).toBe(true);
  });

  test('an account without an id is looked for in a subscription, through all pages', async () => {
    await using scene = await startScene(sane);
    const vault = sound('northeurope');
    const file = scene.emulator.connectionString('devstoreaccount2').match(/FileEndpoint=([^;]+)/u)?.[1];
    await using endpoint = await startManagementEndpoint([
      ...soundPair.slice(0, 1),
      {
        name: 'vaultfiles',
        account: { ...vault, properties: { ...vault.properties, primaryEndpoints: { file: `${file}/` } } },
      },
    ]);

    const findings = await check(scene, endpoint, { subscription, ids: false });

    expect(findings.filter(({ code }) => code === 'SoftDeleteOff')).toHaveLength(1);
    expect(findings.filter(({ code }) => code === 'SettingsUnknown')).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringContaining('Account production was not found'),
      }),
    ]);
  });

  test.each([
    [403, 'AuthorizationFailed', 'info', 'may not be read by this identity'],
    [404, 'ResourceNotFound', 'warning', 'was not found'],
    [500, 'InternalServerError', 'info', 'could not be asked about'],
  ])('an answer %d is told, and checks go on without them', async (status, code, severity, words) => {
    await using scene = await startScene(sane);
    await using endpoint = await startManagementEndpoint([
      { ...(soundPair[0] as ManagedAccount), refusal: { status, code } },
      soundPair[1] as ManagedAccount,
    ]);

    const unknown = (await check(scene, endpoint)).filter((finding) => finding.code === 'SettingsUnknown');

    expect(unknown).toEqual([expect.objectContaining({ severity, message: expect.stringContaining(words) })]);
    expect(unknown[0]?.message).toContain(String(status));
  });
});

describe('the shares', () => {
  test('an NFS share is refused with the reason, a full one and a lonely source are told', async () => {
    await using scene = await startScene({
      ...sane,
      source: { snapshots: 'existing' },
      switches: { snapshotLimit: 200 },
    });
    const nfs = { ...scene.source, share: `${scene.source.share}-nfs` };
    scene.store.shares.create(nfs, { quota: 100, settings: { 'x-ms-enabled-protocols': 'NFS' } });
    for (let count = 0; count < 180; count += 1) scene.store.snapshots.create(nfs);
    scene.loaded.config.jobs[0]!.source.share = nfs.share;

    const findings = await check(scene);

    expect(codes(findings)).toEqual([
      'error ProtocolNotSupported',
      'warning SnapshotsMany',
      'info SettingsUnknown',
      'info SettingsUnknown',
      'info DestinationMissing',
    ]);
    expect(findings[0]?.message).toContain('owners, modes, links');
  });

  test('what is refused, and why, is told by the code of the service', async () => {
    await using scene = await startScene(sane);

    const told = async (code: string, operation = 'GetShareProperties') =>
      scene.withFaults(
        [{ operation, account: 'devstoreaccount1', times: 1, action: { status: 403, code } }],
        async () => codes(await check(scene)).filter((one) => one.startsWith('error')),
      );

    expect(await told('AuthorizationFailure')).toEqual(['error FirewallRefused']);
    expect(await told('AuthorizationPermissionMismatch', 'ListShares')).toEqual(['error RolesMissing']);
    expect(await told('AuthenticationFailed')).toEqual(['error AccessRefused']);
    expect(await told('AuthorizationPermissionMismatch', 'GetShareStats')).toEqual(['error RolesMissing']);
  });

  test('a source share or directory that is not there is an error, a clock that is off a warning', async () => {
    await using scene = await startScene({ ...sane, source: { path: 'gone' } });

    const findings = await scene.withFaults(
      [{ operation: 'GetShareProperties', account: 'devstoreaccount1', times: 1, action: { clockSkewMs: 180_000 } }],
      () => check(scene),
    );

    expect(codes(findings)).toEqual(expect.arrayContaining(['error SourceMissing', 'warning ClockSkew']));
    expect(findings.find(({ code }) => code === 'ClockSkew')?.message).toContain(
      '3 min behind that of account production',
    );
  });
});
