import type { Fault } from '../../emulator/index.ts';
import type { EntryTimes } from '../../lib/model/index.ts';
import type { EntrySettings, ShareAccess, SharePort } from '../../lib/run/ports.ts';

export type Side = 'source' | 'destination';

/** Two accounts with the port under test, and a way of its own to put and read content. */
export interface SharesUnderTest {
  open(side: Side, share: string, access?: Partial<ShareAccess>): SharePort;
  /** Creates or overwrites a file with content and ReadOnly or not; its directory exists. */
  putContent(side: Side, share: string, file: { path: string; content: Uint8Array; at?: number }): Promise<void>;
  readContent(side: Side, share: string, path: string): Promise<Uint8Array>;
  /** Makes files in one directory without a request for each. */
  seedTree(side: Side, share: string, tree: { path: string; files: number }): Promise<void>;
  /** Runs `work` under a script of faults; fails when one of them never fired. */
  withFaults<T>(faults: readonly Fault[], work: () => Promise<T>): Promise<T>;
  /** What `open`ed ports have metered, and what the service has counted of them, by operation. */
  counted(): Promise<{ metered: Readonly<Record<string, number>>; served: Readonly<Record<string, number>> }>;
  end(): Promise<void>;
}

let shares = 0;
export const freshShare = () => `share-${(shares += 1)}-${process.pid}`;

export const someTimes: EntryTimes = {
  creation: '2019-03-01T01:02:03.0000001Z',
  lastWrite: '2021-12-31T23:59:59.1234567Z',
  change: '2022-02-02T02:02:02.9999999Z',
};

export const someSettings: EntrySettings = { times: someTimes, attributes: 'Archive|Hidden' };

export const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 7 + (index >> 8)) & 0xff);

/** A port on a share that was just made. */
export async function newShare(made: SharesUnderTest, side: Side = 'source'): Promise<SharePort> {
  const port = made.open(side, freshShare());
  await port.createShare({});
  return port;
}
