import { ServiceError } from './errors.ts';

/** The versions of the service that its clients have spoken, oldest first [learn: Versioning for Azure Storage]. */
const KNOWN_VERSIONS: readonly string[] = (
  '2014-02-14 2015-02-21 2015-04-05 2015-07-08 2015-12-11 2016-05-31 2017-04-17 2017-07-29 2017-11-09 2018-03-28 ' +
  '2018-06-17 2018-11-09 2019-02-02 2019-07-07 2019-10-10 2019-12-12 2020-02-10 2020-04-08 2020-06-12 2020-08-04 ' +
  '2020-10-02 2020-12-06 2021-02-12 2021-04-10 2021-06-08 2021-08-06 2021-10-04 2021-12-02 2022-11-02 2023-01-03 ' +
  '2023-05-03 2023-08-03 2023-11-03 2024-02-04 2024-05-04 2024-08-04 2024-11-04 2025-01-05 2025-05-05 2025-07-05 ' +
  '2025-11-05 2026-02-06 2026-04-06 2026-06-06 2026-10-06'
).split(' ');

/** The newest service version spoken; also answers requests that name none. */
export const NEWEST_VERSION = '2026-10-06';

/**
 * The version an answer speaks: x-ms-version, else the SAS's.
 * @param takesUnknown whether a version this list does not have is taken for the newest older one (switch)
 */
export function negotiateVersion(
  sent: string | undefined,
  sasVersion: string | undefined,
  takesUnknown: boolean,
): string {
  const version = sent ?? sasVersion ?? NEWEST_VERSION;
  if (KNOWN_VERSIONS.includes(version)) return version;
  if (takesUnknown && /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(version)) return version;
  throw new ServiceError('InvalidHeaderValue', {
    details: { HeaderName: 'x-ms-version', HeaderValue: version },
  });
}

/** What came with which version (azure-files-facts.md §0); what a request of an older one asks is refused or not seen. */
const SINCE = {
  rangeFromUrl: '2019-02-02',
  fileLeases: '2019-02-02',
  rangeDiff: '2020-02-10',
  shareLeases: '2020-02-10',
  listingInclude: '2020-04-08',
  listingIds: '2020-10-02',
  copySourceAuthorization: '2020-10-02',
  optionalSmbHeaders: '2021-06-08',
  changeTime: '2021-06-08',
  keptWriteTime: '2021-06-08',
  trailingDots: '2022-11-02',
  fileTokens: '2022-11-02',
  renamedDiff: '2024-05-04',
  shareTokens: '2024-11-04',
  binaryPermission: '2024-11-04',
  nfs: '2025-05-05',
  delegationKey: '2026-02-06',
  structuredMessage: '2026-04-06',
  contentAtCreation: '2026-04-06',
  rangePages: '2026-10-06',
} as const;

export type Feature = keyof typeof SINCE;

/** What a version gate looks at. */
type Gated = { version: string; surroundings: { store: { switches: { versionsAreGated: boolean } } } };

/** Whether the request's version has it; always true with the switch versionsAreGated off. */
export function hasFeature(request: Gated, feature: Feature): boolean {
  return !request.surroundings.store.switches.versionsAreGated || request.version >= SINCE[feature];
}

/** @throws FeatureVersionMismatch */
export function requireFeature(request: Gated, feature: Feature): void {
  if (!hasFeature(request, feature)) throw new ServiceError('FeatureVersionMismatch');
}
