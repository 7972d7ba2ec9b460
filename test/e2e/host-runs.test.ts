import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../lib/model/index.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, sourceAccount, writesIn } from '../support/stack-emulator.ts';
import { startUserStack } from '../support/stack-start.ts';
import type { UserStack } from '../support/stack-start.ts';
import { shardsOf } from '../support/stack-rows.ts';

const job = 'tree';
const destinations = { tree: 'tree-copy' } as const;
const shares = [job, destinations.tree] as const;
const known = { files: 1_200, directories: 24, bytes: 1_200 * 3_000 };

const configuration = {
  accounts: {
    production: { connectionString: { env: 'FARSHARE_FILES_1' } },
    vault: { connectionString: { env: 'FARSHARE_FILES_2' } },
  },
  jobs: [
    {
      name: job,
      source: { account: 'production', share: job },
      destinations: [{ name: 'west', account: 'vault', share: destinations.tree, keep: { last: 7 } }],
    },
  ],
};

let stack: UserStack;

beforeAll(async () => {
  stack = await startUserStack(configuration);
}, 120_000);

describe('A run started over HTTP', () => {
  let first: RunReport;

  test('backs up every entry of a known tree, and its requests are those the emulator counted', async () => {
    const { api, emulator } = stack;
    expect(
      await emulator.growTree({ share: job, files: 1_200, filesPerDirectory: 50, depth: 3, sizeBytes: 3_000 }),
    ).toEqual(known);
    await emulator.resetRequests();

    first = await api.run(job);

    expect(first.requests.source).toEqual(await emulator.requests(sourceAccount));
    expect(first.requests.destination).toEqual(await emulator.requests(destinationAccount));
    expect(await expectEqual(emulator, first, shares)).toBe(known.files + known.directories);
  });
});
