/**
 * What the suite runs against: two accounts named by environment variables, or, as a proof of its own code, the emulator.
 * docs/azure-tests.md says what it creates, needs and removes.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { DefaultAzureCredential } from '@azure/identity';
import { ShareClient, ShareSASPermissions, ShareServiceClient } from '@azure/storage-file-share';
import { startFilesEmulator, type FilesEmulatorOptions } from '../../emulator/index.ts';

export interface Side {
  /** As farshare.json has it. */
  readonly account: Readonly<Record<string, string>>;
  readonly service: ShareServiceClient;
  /** A share that is removed in the end, with everything in it. */
  newShare(): Promise<ShareClient>;
  /** A URL of the share by which another service, or the walker, can read and list it. */
  readableUrl(share: ShareClient): Promise<string>;
}

export interface Target extends AsyncDisposable {
  readonly name: 'emulator' | 'azure';
  readonly source: Side;
  readonly destination: Side;
}

// oxlint-disable-next-line node/no-process-env -- the entry of the suite
const env = process.env;
const named = [env['FARSHARE_TEST_SOURCE'], env['FARSHARE_TEST_DESTINATION']] as const;

/** Optional: Azure’s ids of the two. */
const ids = [env['FARSHARE_TEST_SOURCE_ID'], env['FARSHARE_TEST_DESTINATION_ID']] as const;
/** Optional: a lock may be put on the destination account for a moment. */
export const mayLock = env['FARSHARE_TEST_LOCK'] === 'true' && ids[1] !== undefined;

/** Set by `npm run test:azure`: real accounts, or nothing. Without it (`npm test`) the suite proves itself on the emulator. */
export const isReal = env['FARSHARE_TEST_AZURE'] === 'real';
export const isSkipped = isReal && named.includes(undefined);
if (isSkipped) {
  process.stderr.write(
    'Skipped: FARSHARE_TEST_SOURCE and FARSHARE_TEST_DESTINATION name no accounts (docs/azure-tests.md).\n',
  );
}

/** `switches` are for the emulator. Pending copies there end soon; soft delete is on, as in new accounts. */
export async function openTarget(switches: FilesEmulatorOptions['switches'] = {}): Promise<Target> {
  if (isReal) {
    const [source = '', destination = ''] = named;
    return targetOf('azure', [source, destination], async () => undefined);
  }
  const emulator = await startFilesEmulator({ switches: { softDeleteDays: 7, ...switches } });
  const connections = ['devstoreaccount1', 'devstoreaccount2'].map((name) => emulator.connectionString(name));
  return targetOf('emulator', connections, () => emulator.stop());
}

async function targetOf(name: Target['name'], accounts: readonly string[], stop: () => Promise<void>): Promise<Target> {
  const made: ShareClient[] = [];
  const catalog = catalogOf(accounts[1] ?? '');
  const hadCatalog = await catalog.exists();
  const [source, destination] = accounts.map((account, index) => sideOf(account, made, ids[index]));
  if (source === undefined || destination === undefined) throw new Error('two accounts are needed');
  return {
    name,
    source,
    destination,
    async [Symbol.asyncDispose]() {
      // Restore points are under leases: they are meant to go.
      for (const share of made) await share.deleteIfExists({ deleteSnapshots: 'include-leased' });
      // Made by the runs; one that was there before belongs to somebody.
      if (!hadCatalog) await catalog.deleteIfExists({ deleteSnapshots: 'include' });
      await stop();
    },
  };
}

function serviceOf(account: string): ShareServiceClient {
  const options = { allowTrailingDot: true, allowSourceTrailingDot: true };
  return isEntra(account)
    ? new ShareServiceClient(account, new DefaultAzureCredential(), { ...options, fileRequestIntent: 'backup' })
    : ShareServiceClient.fromConnectionString(account, options);
}

const isEntra = (account: string): boolean => account.startsWith('https://');

/** Where runs keep what they know of large files. */
const catalogOf = (account: string): ShareClient => serviceOf(account).getShareClient('farshare-catalog');

/** `account`: `https://NAME.file.core.windows.net` for Entra ID, or a connection string. */
function sideOf(account: string, made: ShareClient[], resourceId: string | undefined): Side {
  const service = serviceOf(account);
  return {
    account: {
      ...(isEntra(account) ? { fileEndpoint: account } : { connectionString: account }),
      ...(resourceId !== undefined && { resourceId }),
    },
    service,
    async newShare() {
      const share = service.getShareClient(`farshare-test-${randomBytes(6).toString('hex')}`);
      made.push(share);
      await share.create({ quota: 10 });
      return share;
    },
    async readableUrl(share) {
      const permissions = ShareSASPermissions.parse('rl');
      const now = Date.now();
      const expiresOn = new Date(now + 2 * 3_600_000);
      if (!isEntra(account)) return share.generateSasUrl({ permissions, expiresOn });
      const key = await service.getUserDelegationKey(new Date(now - 900_000), expiresOn);
      return share.generateUserDelegationSasUrl({ permissions, expiresOn }, key);
    },
  };
}

/** The share's URL with its SAS, to a file in it. */
export function fileUrl(shareUrl: string, path: string, snapshot?: string): string {
  const url = new URL(shareUrl);
  url.pathname += `/${path.split('/').map(encodeURIComponent).join('/')}`;
  if (snapshot !== undefined) url.searchParams.set('sharesnapshot', snapshot);
  return url.href;
}
