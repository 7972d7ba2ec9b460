import { join } from 'node:path';
import { ShareClient } from '@azure/storage-file-share';
import { readLocalFolder } from './local-folder.ts';
import { seedShare } from './seed-share.ts';
import { projectRoot } from './services.ts';

/** A job to look at: this project's own `docs` folder, every two minutes. Returns the configuration as inline JSON. */
export async function prepareSample([source, destination]: readonly [string, string]): Promise<string> {
  const share = new ShareClient(source, 'sample', { allowTrailingDot: true });
  await share.createIfNotExists();
  await seedShare(share, await readLocalFolder(join(projectRoot, 'docs'), 1_000));
  return JSON.stringify({
    accounts: {
      production: { connectionString: source },
      vault: { connectionString: destination },
    },
    jobs: [
      {
        name: 'sample',
        schedule: '0 */2 * * * *',
        source: { account: 'production', share: 'sample', keep: { last: 2 } },
        destinations: [{ name: 'copy', account: 'vault', share: 'sample-copy', keep: { last: 7 } }],
      },
    ],
  });
}
