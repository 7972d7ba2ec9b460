/** Where each program reads from and writes to: one source of many small files, one of a large file, a destination a round. */
import { ShareServiceClient } from '@azure/storage-file-share';
import { DEFAULT_ACCOUNT_KEY } from '../emulator/index.ts';
import { fileClient } from '../local-stack/index.ts';

export const accounts = { source: 'devstoreaccount1', destination: 'devstoreaccount2' } as const;
export const trees = ['small', 'large'] as const;
export type Tree = (typeof trees)[number];
export const programs = ['cli', 'functions', 'azcopy'] as const;
export type Program = (typeof programs)[number];

export interface Size {
  /** Of 10 KiB, 100 a directory. */
  readonly files: number;
  readonly largeMebibytes: number;
  readonly rounds: number;
}

export const destinationOf = (program: Program, tree: Tree, round: number): string => `${program}-${tree}-${round}`;
/** Of its own for each program: what Farshare keeps beside a destination is by job. */
export const jobOf = (program: Program, tree: Tree, round: number): string => `${program}-${tree}-${round}`;

export const connectionString = (emulatorUrl: string, account: string): string =>
  `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${DEFAULT_ACCOUNT_KEY};FileEndpoint=${emulatorUrl}/${account}`;

const share = (emulatorUrl: string, account: string, name: string) =>
  ShareServiceClient.fromConnectionString(connectionString(emulatorUrl, account)).getShareClient(name);

const filesPerDirectory = 100;
const smallBytes = 10 * 1024;

export async function makeShares(emulatorUrl: string, { files, largeMebibytes, rounds }: Size): Promise<void> {
  for (const tree of trees) {
    await share(emulatorUrl, accounts.source, tree).create();
    for (let round = 1; round <= rounds; round += 1) {
      for (const program of programs) {
        await share(emulatorUrl, accounts.destination, destinationOf(program, tree, round)).create();
      }
    }
  }
  await grow(emulatorUrl, { share: 'small', files, filesPerDirectory, sizeBytes: smallBytes });
  await grow(emulatorUrl, { share: 'large', files: 1, filesPerDirectory: 1, sizeBytes: largeMebibytes * 1024 * 1024 });
}

async function grow(emulatorUrl: string, spec: object): Promise<void> {
  const response = await fetch(`${emulatorUrl}/_emulator/tree`, {
    method: 'POST',
    body: JSON.stringify({ account: accounts.source, path: '', depth: 1, seed: 1, ...spec }),
  });
  if (!response.ok) throw new Error(`The tree was not made: ${response.status} ${await response.text()}`);
}

/** Overwrites every hundredth file with other content of the same size. */
export async function changeSmall(emulatorUrl: string, files: number, round: number): Promise<void> {
  const source = share(emulatorUrl, accounts.source, 'small');
  for (let index = 0; index < files; index += 100) {
    const directory = `d${String(Math.floor(index / filesPerDirectory)).padStart(5, '0')}`;
    const path = `${directory}/f${String(index).padStart(8, '0')}.bin`;
    const content = Buffer.alloc(smallBytes, `changed ${round} ${index} `);
    await fileClient(source, path).uploadRange(content, 0, smallBytes);
  }
}

const pieceBytes = 64 * 1024;

/** Overwrites 1 % of the large file, in pieces of 64 KiB all over it. */
export async function changeLarge(emulatorUrl: string, mebibytes: number, round: number): Promise<void> {
  const file = fileClient(share(emulatorUrl, accounts.source, 'large'), 'd00000/f00000000.bin');
  const pieces = Math.ceil((mebibytes * 1024 * 1024) / 100 / pieceBytes);
  const apart = Math.floor((mebibytes * 1024 * 1024) / pieces / 512) * 512;
  for (let piece = 0; piece < pieces; piece += 1) {
    await file.uploadRange(Buffer.alloc(pieceBytes, `${round} ${piece} `), piece * apart, pieceBytes);
  }
}
