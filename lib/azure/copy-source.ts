/** Read-only signatures with which a destination's service reads from this account. */
import {
  generateFileSASQueryParameters,
  SASProtocol,
  ShareSASPermissions,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import type { UserDelegationKey } from '@azure/storage-file-share';
import type { Clock, ShareAccess } from '../run/ports.ts';
import type { FileService } from './account-access.ts';
import { sendRequest, serviceVersion, type AccountConnection } from './requests.ts';
import { parseXml, textOf, type XmlElement } from './xml.ts';

/** A SAS (query string without `?`) that reads everything in a share and its snapshots. `renew` discards a cached one. */
export type CopySourceSas = (share: string, access: ShareAccess, renew: boolean) => Promise<string>;

const hourMs = 3_600_000;
/** At most a day (design.md §5, Credentials): a copy that the destination's service has pending must still find it valid. */
const validForMs = 24 * hourMs;
/** The key needs a start; a service whose clock is behind ours must not find it in the future. */
const clockSkewMs = hourMs / 4;
/** Many copies can be refused at once; the first to ask renews for all. */
const notRenewedAgainForMs = 60_000;

interface Perishable<T> {
  readonly value: T;
  readonly expiresAtMs: number;
}

type Renewed<T> = (access: ShareAccess, renew: boolean) => Promise<Perishable<T>>;

/** One value at a time, shared by all who ask while it is made, and made anew at half its life or when told. */
function renewed<T>(clock: Clock, make: (access: ShareAccess, renew: boolean) => Promise<Perishable<T>>): Renewed<T> {
  let issued: { value: Promise<Perishable<T>>; atMs: number; halfLifeAtMs: number } | undefined;
  return (access, renew) => {
    const now = clock.now();
    const isYoung = issued !== undefined && now - issued.atMs < notRenewedAgainForMs;
    if (issued !== undefined && (isYoung || !renew) && now < issued.halfLifeAtMs) return issued.value;
    // Without the asker's signal: others wait for the same value.
    const value = make({ meter: access.meter }, renew);
    const current = { value, atMs: now, halfLifeAtMs: Number.POSITIVE_INFINITY };
    issued = current;
    value.then(
      ({ expiresAtMs }) => (current.halfLifeAtMs = now + (expiresAtMs - now) / 2),
      () => (issued = issued === current ? undefined : issued),
    );
    return value;
  };
}

/** No start time in any SAS: a clock behind ours would answer CannotVerifyCopySource (facts §2). */
export function createCopySourceSas(service: FileService, connection: AccountConnection): CopySourceSas {
  if (service.kind === 'sas') return () => Promise.resolve(service.sas);
  const { clock } = connection;
  const delegationKey = renewed(clock, (access) => requestDelegationKey(connection, access));
  const perShare = new Map<string, Renewed<string>>();
  return async (share, access, renew) => {
    let forShare = perShare.get(share);
    if (forShare === undefined) {
      forShare = renewed(clock, async (asking, anew) => {
        const key = service.kind === 'entra' ? await delegationKey(asking, anew) : undefined;
        return signShareSas(service, share, { nowMs: clock.now(), key });
      });
      perShare.set(share, forShare);
    }
    return (await forShare(access, renew)).value;
  };
}

function signShareSas(
  service: Exclude<FileService, { kind: 'sas' }>,
  shareName: string,
  { nowMs, key }: { nowMs: number; key: Perishable<UserDelegationKey> | undefined },
): Perishable<string> {
  const expiresAtMs = Math.min(nowMs + validForMs, key?.expiresAtMs ?? Number.POSITIVE_INFINITY);
  const values = {
    shareName,
    permissions: ShareSASPermissions.parse('r'),
    expiresOn: new Date(expiresAtMs),
    // User delegation SAS of Files need 2025-07-05 or later.
    version: serviceVersion,
    ...(service.endpoint.startsWith('https:') ? { protocol: SASProtocol.Https } : {}),
  };
  if (service.kind === 'key') {
    const credential = new StorageSharedKeyCredential(service.accountName, service.accountKey);
    return { value: generateFileSASQueryParameters(values, credential).toString(), expiresAtMs };
  }
  if (key === undefined) throw new TypeError('a user delegation SAS needs its key');
  return { value: generateFileSASQueryParameters(values, key.value, service.accountName).toString(), expiresAtMs };
}

function requestDelegationKey(
  connection: AccountConnection,
  access: ShareAccess,
): Promise<Perishable<UserDelegationKey>> {
  const now = connection.clock.now();
  const [start, expiry] = [now - clockSkewMs, now + validForMs].map(
    (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`,
  );
  return sendRequest(connection, access, {
    operation: 'GetUserDelegationKey',
    method: 'POST',
    path: '/',
    query: { restype: 'service', comp: 'userdelegationkey' },
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${start}</Start><Expiry>${expiry}</Expiry></KeyInfo>`,
    read: ({ body }) => readDelegationKey(parseXml(body)),
  });
}

function readDelegationKey(element: XmlElement): Perishable<UserDelegationKey> {
  const text = (name: string): string => {
    const value = textOf(element, name);
    if (value === undefined || value === '') throw new SyntaxError(`a user delegation key without ${name}`);
    return value;
  };
  const signedExpiresOn = new Date(text('SignedExpiry'));
  const value: UserDelegationKey = {
    signedObjectId: text('SignedOid'),
    signedTenantId: text('SignedTid'),
    signedStartsOn: new Date(text('SignedStart')),
    signedExpiresOn,
    signedService: text('SignedService'),
    signedVersion: text('SignedVersion'),
    value: text('Value'),
  };
  return { value, expiresAtMs: signedExpiresOn.getTime() };
}
