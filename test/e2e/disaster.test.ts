import { FileSystemAttributes } from '@azure/storage-file-share';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../local-stack/index.ts';
import { comparePlaces } from '../../walker/index.ts';
import { runDocument } from '../support/document-shell.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, sourceAccount } from '../support/stack-emulator.ts';
import { copyProject } from '../support/stack-project.ts';
import { documentsConfiguration } from '../support/stack-configuration.ts';
import { startUserStack, type UserStack } from '../support/stack-start.ts';

/** What the document tells to do when all is lost but the copy. */
const drill = (() => {
  const document = readFileSync(join(projectRoot, 'docs/restore.md'), 'utf8');
  return /^## When all is lost but the copy$[\s\S]*?(?=^## )/mu.exec(document)?.[0] ?? '';
})();

let stack: UserStack;

/** A file with something of everything that the service keeps. */
async function writeOdd({ emulator }: UserStack): Promise<void> {
  const share = emulator.share(sourceAccount, 'finance');
  await share.getDirectoryClient('Größe & Maße').create({ metadata: { owner: 'ada' } });
  const file = share.getDirectoryClient('Größe & Maße').getFileClient('plan.xlsx');
  await file.create(5, {
    metadata: { kept: 'yes' },
    fileHttpHeaders: { fileContentType: 'text/x-plan', fileCacheControl: 'no-store' },
    fileAttributes: FileSystemAttributes.parse('ReadOnly|Hidden'),
    creationTime: new Date('2011-01-02T03:04:05Z'),
    filePermission: 'O:SYG:SYD:(D;;FA;;;WD)(A;;FA;;;BA)',
  });
}

beforeAll(async () => {
  stack = await startUserStack(documentsConfiguration);
  await stack.emulator.growTree({ share: 'finance', files: 60, filesPerDirectory: 10, depth: 3, sizeBytes: 3_000 });
  await writeOdd(stack);
}, 120_000);

test('The drill brings everything back with nothing left but the account of the copy', async () => {
  const run = await stack.api.run('finance');
  await expectEqual(stack.emulator, run, ['finance', 'finance']);
  await stack.emulator.share(sourceAccount, 'finance').delete({ deleteSnapshots: 'include-leased' });
  // No state, no configuration, no way to the source account: another machine.
  const project = copyProject(['package-lock.json']);
  writeFileSync(join(project, 'farshare.json'), 'lost as well');

  const outcome = await runDocument(drill, {
    project,
    replaced: {
      '"fileEndpoint": "https://vaultfiles.file.core.windows.net"': '"connectionString": { "env": "COPY" }',
    },
    environment: { COPY: stack.emulator.connectionString(destinationAccount) },
  });

  expect(outcome).toMatchObject({ code: 0, output: expect.stringContaining('succeeded') as string });
  const connectionString = stack.emulator.connectionString(destinationAccount);
  const comparison = await comparePlaces(
    { connectionString, share: 'finance', snapshot: run.restorePoint ?? '' },
    { connectionString, share: 'finance-restored' },
  );
  expect(comparison.differences.slice(0, 10)).toEqual([]);
  expect(comparison.entries).toBeGreaterThan(60);
}, 120_000);
