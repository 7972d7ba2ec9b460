import { invalidHeader } from './request.ts';

/** The newest service version spoken; also answers requests that name none. */
export const NEWEST_VERSION = '2026-10-06';
const OLDEST_VERSION = '2015-02-21';

/**
 * The version an answer speaks: x-ms-version, else the SAS's. Any date between the oldest and the newest is taken, as
 * what differs between them is what a client may send, not what it gets.
 */
export function negotiateVersion(sent: string | undefined, sasVersion: string | undefined): string {
  const version = sent ?? sasVersion ?? NEWEST_VERSION;
  const isKnown = /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(version);
  if (isKnown && version >= OLDEST_VERSION && version <= NEWEST_VERSION) return version;
  throw invalidHeader('x-ms-version', version);
}
