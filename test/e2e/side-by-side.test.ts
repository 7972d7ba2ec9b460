import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import type { ShareClient } from '@azure/storage-file-share';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_ACCOUNT_KEY, startFilesEmulator } from '../../emulator/index.ts';
import type { FilesEmulator } from '../../emulator/index.ts';
import type { RestorePointInfo, RunReport } from '../../lib/model/index.ts';
import { comparePlaces } from '../../walker/index.ts';
import { azcopy, whyAzCopyCannotStart } from '../support/stack-azcopy.ts';
import { documentOf, farshare } from '../support/stack-cli.ts';
import { destinationAccount, EmulatorControl, sourceAccount } from '../support/stack-emulator.ts';
import { makeFolder } from '../support/stack-project.ts';

const folder = makeFolder('side-by-side');
const configFile = join(folder, 'farshare.json');
const share = 'documents';
/** What both are given to back up: three directories of twenty files; the service refuses to list the second. */
const tree = { share, files: 60, filesPerDirectory: 20, sizeBytes: 500 };
const refusedDirectory = 'd00001';
const refusal = { status: 403, code: 'AuthorizationPermissionMismatch' };

// oxlint-disable-next-line node/no-process-env -- CI is what decides it
const isCi = process.env['CI'] !== undefined;
const reason = await whyAzCopyCannotStart(folder);
if (reason !== undefined && !isCi) process.stderr.write(`AzCopy cannot start, its test is skipped: ${reason}\n`);

let files: FilesEmulator;
let emulator: EmulatorControl;

beforeAll(async () => {
  files = await startFilesEmulator();
  emulator = new EmulatorControl(files.url);
  await emulator.growTree(tree);
  const accounts = {
    production: { connectionString: emulator.connectionString(sourceAccount) },
    vault: { connectionString: emulator.connectionString(destinationAccount) },
  };
  const job = {
    name: share,
    source: { account: 'production', share },
    destinations: [{ name: 'west', account: 'vault', share: 'by-farshare' }],
  };
  writeFileSync(configFile, JSON.stringify({ accounts, jobs: [job] }));
});
beforeEach(() => emulator.clearFaults());
afterAll(() => files.stop());

const cli = (...command: string[]) =>
  farshare([...command, '--config', configFile, '--state', join(folder, 'state'), '--json']);

const refuseListing = () =>
  emulator.setFaults([
    { operation: 'ListFilesAndDirectories', account: sourceAccount, path: refusedDirectory, action: refusal },
  ]);

/** Paths of all files beneath a directory. */
async function filesOf(client: ShareClient, path = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const { kind, name } of client.getDirectoryClient(path).listFilesAndDirectories()) {
    const child = path === '' ? name : `${path}/${name}`;
    found.push(...(kind === 'directory' ? await filesOf(client, child) : [child]));
  }
  return found;
}

const beneath = (paths: string[]) => paths.filter((path) => path.startsWith(`${refusedDirectory}/`));

describe('When one source directory cannot be listed', () => {
  test('Farshare fails the run, deletes nothing, and the restore point before it stays', async () => {
    const destination = emulator.share(destinationAccount, 'by-farshare');
    const first = documentOf<RunReport>(await cli('run', share));
    const before = await filesOf(destination);
    await refuseListing();
    await emulator.resetRequests();

    const outcome = await cli('run', share);

    const report = documentOf<RunReport>(outcome);
    const asked = await emulator.requests(destinationAccount);
    expect(await emulator.fired()).not.toEqual([0]);
    expect(outcome.code).toBe(1);
    expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { deleted: 0 } });
    expect(report.failures).toMatchObject([{ path: refusedDirectory, code: refusal.code }]);
    expect(Object.keys(asked).filter((name) => name.startsWith('Delete'))).toEqual([]);
    expect(before).toHaveLength(tree.files);
    expect(await filesOf(destination)).toEqual(before);
    await emulator.clearFaults();
    const { points } = documentOf<{ points: RestorePointInfo[] }>(await cli('points', share));
    expect(points.map(({ snapshot }) => snapshot)).toEqual([first.restorePoint]);
    const comparison = await comparePlaces(
      { connectionString: emulator.connectionString(sourceAccount), share },
      {
        connectionString: emulator.connectionString(destinationAccount),
        share: 'by-farshare',
        snapshot: String(first.restorePoint),
      },
    );
    expect(comparison.differences).toEqual([]);
  });

  test.skipIf(reason !== undefined && !isCi)(
    'AzCopy deletes the backup of that directory and says Completed',
    async () => {
      const destination = emulator.share(destinationAccount, 'by-azcopy');
      await destination.create();
      const first = await sync();
      const before = await filesOf(destination);
      await refuseListing();

      const outcome = await sync();

      expect(await emulator.fired()).not.toEqual([0]);
      expect(first).toMatchObject({
        code: 0,
        output: expect.stringContaining('Final Job Status: Completed') as unknown,
      });
      expect(beneath(before)).toHaveLength(20);
      expect(outcome).toMatchObject({
        code: 0,
        output: expect.stringMatching(/Final Job Status: Completed$/mu) as unknown,
      });
      expect(beneath(await filesOf(destination))).toEqual([]);
      expect(beneath(await filesOf(emulator.share(destinationAccount, 'by-farshare')))).toHaveLength(20);
    },
  );
});

const sync = () =>
  azcopy(
    folder,
    ...['sync', urlOf(sourceAccount, share), urlOf(destinationAccount, 'by-azcopy'), '--from-to=FileFile'],
    ...['--recursive', '--preserve-info=true', '--preserve-permissions=true', '--delete-destination=true'],
  );

/** A share's URL with an account SAS of the version that AzCopy 10.32 is known to accept. */
function urlOf(account: string, name: string): string {
  const sas = generateAccountSASQueryParameters(
    {
      version: '2022-11-02',
      services: 'f',
      resourceTypes: 'sco',
      permissions: AccountSASPermissions.parse('rwdlc'),
      expiresOn: new Date(Date.now() + 3_600_000),
      protocol: SASProtocol.HttpsAndHttp,
    },
    new StorageSharedKeyCredential(account, DEFAULT_ACCOUNT_KEY),
  );
  return `${emulator.url}/${account}/${name}?${sas.toString()}`;
}
