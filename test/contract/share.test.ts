import type { TokenCredential } from '@azure/core-auth';
import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import type { HttpClient } from '@azure/core-rest-pipeline';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  ShareServiceClient,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import { startFilesEmulator, type FilesEmulator } from '../../emulator/index.ts';
import { createShareOpener, type AccountAccess } from '../../lib/azure/index.ts';
import { systemClock } from '../../lib/local/index.ts';
import { describeShareContract } from './share-contract.ts';
import type { SharesUnderTest, Side } from './shares-under-test.ts';

const accountNames = { source: 'devstoreaccount1', destination: 'devstoreaccount2' } as const;

type MakeAccess = (emulator: FilesEmulator, account: string) => AccountAccess;

async function startShares(makeAccess: MakeAccess, httpClient?: HttpClient): Promise<SharesUnderTest> {
  const emulator = await startFilesEmulator();
  const metered: Record<string, number> = {};
  const opener = createShareOpener({
    accounts: {
      source: makeAccess(emulator, accountNames.source),
      destination: makeAccess(emulator, accountNames.destination),
    },
    clock: systemClock,
    httpClient,
  });
  const content = contentClient(emulator);
  return {
    ...content,
    open(side, share, access = {}) {
      const meter = {
        record(operation: string) {
          metered[operation] = (metered[operation] ?? 0) + 1;
          access.meter?.record(operation);
        },
      };
      return opener.open({ account: side, share }, { ...access, meter });
    },
    async seedTree(side, share, { path, files }) {
      const body = JSON.stringify({
        account: accountNames[side],
        share,
        path,
        files,
        filesPerDirectory: files,
        depth: 1,
        sizeBytes: 10,
        seed: 1,
      });
      const answer = await fetch(`${emulator.url}/_emulator/tree`, { method: 'POST', body });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async withFaults(faults, work) {
      emulator.faults.replace(faults);
      const [outcome] = await Promise.allSettled([work()]);
      const idle = emulator.faults.report().filter(({ fired }) => fired === 0);
      emulator.faults.clear();
      if (idle.length > 0) throw new Error(`a scripted fault never fired: ${JSON.stringify(idle)}`);
      if (outcome.status === 'rejected') throw outcome.reason as Error;
      return outcome.value;
    },
    async counted() {
      return { metered, served: servedBy(emulator, content.contentRequests) };
    },
    end: () => emulator.stop(),
  };
}

/** Content goes through the official SDK; its requests are told apart by operations that no port makes. */
function contentClient(emulator: FilesEmulator) {
  const contentRequests: Record<string, number> = {};
  const fileOf = (side: Side, share: string, path: string) =>
    ShareServiceClient.fromConnectionString(emulator.connectionString(accountNames[side]))
      .getShareClient(share)
      .rootDirectoryClient.getFileClient(path);
  const count = (operation: string) => (contentRequests[operation] = (contentRequests[operation] ?? 0) + 1);
  return {
    contentRequests,
    async putContent(side: Side, share: string, file: { path: string; content: Uint8Array; at?: number }) {
      const client = fileOf(side, share, file.path);
      if (file.at === undefined) {
        await client.create(file.content.length);
        count('CreateFile');
      }
      await client.uploadRange(Buffer.from(file.content), file.at ?? 0, file.content.length);
      count('PutRange');
    },
    async readContent(side: Side, share: string, path: string) {
      const content = await fileOf(side, share, path).download();
      count('GetFile');
      const chunks: Buffer[] = [];
      for await (const chunk of content.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
      return Uint8Array.from(Buffer.concat(chunks));
    },
  };
}

function servedBy(emulator: FilesEmulator, contentRequests: Readonly<Record<string, number>>): Record<string, number> {
  const served: Record<string, number> = {};
  for (const [operation, statuses] of Object.entries(emulator.stats.report().requests)) {
    const all = Object.values(statuses).reduce((sum, count) => sum + count, 0);
    const ours = all - (contentRequests[operation] ?? 0);
    if (ours > 0) served[operation] = ours;
  }
  return served;
}

describeShareContract('createShareOpener by connection string', () =>
  startShares((emulator, account) => ({
    kind: 'connectionString',
    connectionString: emulator.connectionString(account),
  })),
);

describeShareContract('createShareOpener by account SAS', () =>
  startShares((emulator, name) => {
    const key = emulator.accounts.find((account) => account.name === name)?.key ?? '';
    const sas = generateAccountSASQueryParameters(
      {
        expiresOn: new Date(Date.now() + 3_600_000),
        permissions: AccountSASPermissions.parse('rwdlc'),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        services: AccountSASServices.parse('f').toString(),
      },
      new StorageSharedKeyCredential(name, key),
    );
    return { kind: 'sas', fileEndpoint: `${emulator.url}/${name}/`, sas: `?${sas.toString()}` };
  }),
);

/** The emulator reads claims and takes any signature. */
const credential: TokenCredential = {
  async getToken() {
    const expiresOnTimestamp = Date.now() + 3_600_000;
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { aud: 'https://storage.azure.com', exp: expiresOnTimestamp / 1000, oid: 'o', tid: 't' };
    return { token: `${part({ alg: 'none' })}.${part(claims)}.x`, expiresOnTimestamp };
  },
};

/** Bearer tokens go over https only; this takes the last step over http instead, for want of a certificate. */
const insecure: HttpClient = {
  sendRequest(request) {
    request.url = request.url.replace(/^https:/u, 'http:');
    request.agent = undefined as never;
    return createDefaultHttpClient().sendRequest(request);
  },
};

describeShareContract('createShareOpener by Entra ID', () =>
  startShares(
    (emulator, account) => ({
      kind: 'entra',
      fileEndpoint: `${emulator.url.replace(/^http:/u, 'https:')}/${account}`,
      credential,
    }),
    insecure,
  ),
);
