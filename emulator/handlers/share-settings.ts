import type { ShareProperties, ShareSettings } from '../store/index.ts';
import { ServiceError } from '../wire/errors.ts';
import { numberHeader, wordHeader } from '../wire/request.ts';
import type { ServiceRequest } from '../wire/request.ts';

// The settings of a share travel as headers, are kept under their headers' names, and change nothing here but the protocol.

const TIER = 'x-ms-access-tier';
const TIER_CHANGE = 'x-ms-access-tier-change-time';
/** Shown for a while after a change [JST shareclient.spec: setProperties]. */
const TIER_TRANSITION = 'x-ms-access-tier-transition-state';
const DEFAULT_TIER = 'TransactionOptimized';
/** How long a change of tier stays pending [M]. */
const TRANSITION_MS = 60_000;

/** What the service answers for settings nobody set. */
const DEFAULT_SETTINGS: ShareSettings = {
  'x-ms-access-tier': DEFAULT_TIER,
  'x-ms-enabled-protocols': 'SMB',
};

const NFS_DEFAULTS: ShareSettings = {
  'x-ms-root-squash': 'NoRootSquash',
  'x-ms-enable-snapshot-virtual-directory-access': 'true',
};

const WORD_SETTINGS: Record<string, readonly string[]> = {
  'x-ms-access-tier': ['TransactionOptimized', 'Hot', 'Cool', 'Premium'],
  'x-ms-root-squash': ['NoRootSquash', 'RootSquash', 'AllSquash'],
  'x-ms-enable-snapshot-virtual-directory-access': ['true', 'false'],
  'x-ms-share-paid-bursting-enabled': ['true', 'false'],
};
const IOPS = 'x-ms-share-provisioned-iops';
const BANDWIDTH = 'x-ms-share-provisioned-bandwidth-mibps';
const NUMBER_SETTINGS = [
  'x-ms-share-paid-bursting-max-bandwidth-mibps',
  'x-ms-share-paid-bursting-max-iops',
  IOPS,
  BANDWIDTH,
];
const NFS_ONLY = ['x-ms-root-squash', 'x-ms-enable-snapshot-virtual-directory-access'];
const PROTOCOLS = 'x-ms-enabled-protocols';
const DAY_MS = 24 * 3600_000;

/** The settings of a share with what the service shows for those nobody set. */
export function shownSettings(share: ShareProperties, nowMs: number): ShareSettings {
  const isNfs = share.settings[PROTOCOLS] === 'NFS';
  const shown: Record<string, string> = { ...DEFAULT_SETTINGS, ...(isNfs ? NFS_DEFAULTS : {}), ...share.settings };
  if (nowMs >= Date.parse(shown[TIER_CHANGE] ?? '') + TRANSITION_MS) delete shown[TIER_TRANSITION];
  return shown;
}

/** What create, set and restore answer of a provisioned share. */
export function provisionedSettings(settings: ShareSettings): ShareSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => /provisioned|burst|downgrade/.test(name) && !name.includes('paid')),
  );
}

export function createSettings(request: ServiceRequest): ShareSettings {
  const protocol = wordHeader(request, PROTOCOLS, ['SMB', 'NFS']);
  const settings = sentSettings(request, protocol ?? 'SMB');
  if (settings[TIER] !== undefined) settings[TIER_CHANGE] = new Date(request.nowMs).toUTCString();
  return protocol === undefined ? settings : { ...settings, [PROTOCOLS]: protocol };
}

/** Settings sent to an existing share; a changed tier and lowered provisions carry the times the service shows. */
export function changedSettings(request: ServiceRequest, before: ShareSettings): ShareSettings {
  const settings = { ...sentSettings(request, before[PROTOCOLS] ?? 'SMB') };
  const tier = settings[TIER];
  const tierBefore = before[TIER] ?? DEFAULT_TIER;
  if (tier !== undefined && tier !== tierBefore) {
    settings[TIER_CHANGE] = new Date(request.nowMs).toUTCString();
    settings[TIER_TRANSITION] = `pending-from-${tierBefore.charAt(0).toLowerCase()}${tierBefore.slice(1)}`;
  }
  return settings;
}

function sentSettings(request: ServiceRequest, protocol: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name in WORD_SETTINGS) {
    const value = wordHeader(request, name, WORD_SETTINGS[name] ?? []);
    if (value !== undefined) settings[name] = value;
  }
  for (const name of NUMBER_SETTINGS) {
    const value = numberHeader(request, name, 0);
    if (value !== undefined) settings[name] = String(value);
  }
  for (const name of NFS_ONLY) {
    if (settings[name] !== undefined && protocol !== 'NFS') {
      throw new ServiceError('UnsupportedHeader', { details: { HeaderName: name } });
    }
  }
  return { ...settings, ...derivedSettings(request, settings) };
}

/** What the service computes from provisioned performance [M: the formulas]. */
function derivedSettings(request: ServiceRequest, settings: Record<string, string>): Record<string, string> {
  const derived: Record<string, string> = {};
  const tomorrow = new Date(request.nowMs + DAY_MS).toUTCString();
  if (settings[IOPS] !== undefined) {
    const iops = Number(settings[IOPS]);
    const burst = Math.max(10_000, Math.min(3 * iops, 100_000));
    derived['x-ms-share-included-burst-iops'] = String(burst);
    derived['x-ms-share-max-burst-credits-for-iops'] = String(Math.max(0, burst - iops) * 3600);
    derived['x-ms-share-next-allowed-provisioned-iops-downgrade-time'] = tomorrow;
  }
  if (settings[BANDWIDTH] !== undefined) {
    derived['x-ms-share-next-allowed-provisioned-bandwidth-downgrade-time'] = tomorrow;
  }
  if (Object.keys(derived).length > 0) derived['x-ms-share-next-allowed-quota-downgrade-time'] = tomorrow;
  return derived;
}
