import { expect, test } from 'vitest';
import { destinationPermission } from '../../../lib/run/permissions.ts';
import type { SharePort } from '../../../lib/run/ports.ts';

/** Of a share, only what this needs; `asked` are the requests made of it. */
function shareNamed(share: string) {
  const asked: string[] = [];
  const port: Pick<SharePort, 'ref' | 'getPermission' | 'createPermission'> = {
    ref: { account: 'vault', share },
    getPermission: async (key) => `permission of ${key}`,
    async createPermission(sddl) {
      asked.push(sddl);
      return `${share}: ${sddl}`;
    },
  };
  return { port: port as SharePort, asked };
}

const run = { runId: 'finance-west-20261122t020000z-a1b2c3' };
const source = shareNamed('finance').port;

test('A permission is asked for once in a run, however many ask at once', async () => {
  const { port: destination, asked } = shareNamed('once');
  const ask = () => destinationPermission({ run, source, destination }, 'key');

  const keys = [...(await Promise.all([ask(), ask()])), await ask()];

  expect(keys).toEqual(Array.from({ length: 3 }, () => 'once: permission of key'));
  expect(asked).toHaveLength(1);
});

test('What was learnt of one share serves no other, even if two runs of different states have one id', async () => {
  const [one, other] = [shareNamed('one').port, shareNamed('other').port];

  const keys = [
    await destinationPermission({ run, source, destination: one }, 'key'),
    await destinationPermission({ run, source, destination: other }, 'key'),
  ];

  expect(keys).toEqual(['one: permission of key', 'other: permission of key']);
});
