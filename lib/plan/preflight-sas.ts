/** Whether an account SAS reaches as far, and lasts as long, as backups with it need. */
import type { Finding, SasFacts } from '../model/index.ts';

type Role = 'source' | 'destination';

const dayMs = 86_400_000;
/** A SAS is renewed by hand: two weeks' notice. */
const noticeMs = 14 * dayMs;

/**
 * Letters by role [M: which letter leases, handles and permissions ask for is from memory, docs/emulator.md]. A source is
 * read and listed; its snapshots are taken and leased (w) and pruned (d). A destination is written besides, and its share made.
 */
const needed: Readonly<Record<Role, readonly string[]>> = {
  source: ['r', 'l', 'w', 'd'],
  destination: ['r', 'l', 'w', 'd', 'c'],
};
const meanings: Readonly<Record<string, string>> = {
  r: 'read',
  l: 'list',
  w: 'write: snapshots, leases',
  d: 'delete: pruning',
  c: 'create',
};

export function judgeSas(
  name: string,
  roles: readonly Role[],
  { sas, nowMs }: { readonly sas: SasFacts; readonly nowMs: number },
): readonly Finding[] {
  const letters = [...new Set(roles.flatMap((role) => needed[role]))];
  const fix = `az storage account generate-sas --account-name ACCOUNT --services f --resource-types sco --permissions ${letters.join('')} --expiry DATE --https-only, as the secret of accounts.${name}.`;
  const lacking = lacks(sas, letters).join(', ');
  const finding = (severity: Finding['severity'], code: string, message: string): Finding => ({
    severity,
    code,
    message: `The SAS of account ${name} ${message}`,
    fix,
  });
  return [
    ...(lacking === '' ? [] : [finding('error', 'SasLacks', `lacks ${lacking}: requests are refused with 403.`)]),
    ...times(sas, nowMs).map(([severity, code, message]) => finding(severity, code, message)),
    ...(sas.addresses !== '' && roles.includes('source')
      ? [
          finding(
            'error',
            'SasAddresses',
            'is for certain addresses: the service of the backups reads with it, from addresses that no range names.',
          ),
        ]
      : []),
    ...(sas.httpsOnly
      ? []
      : [
          finding(
            'warning',
            'SasHttp',
            'may be sent over http, where others can read and use it: spr=https is missing.',
          ),
        ]),
  ];
}

function lacks({ services, resourceTypes, permissions }: SasFacts, letters: readonly string[]): readonly string[] {
  const types: Readonly<Record<string, string>> = {
    s: 'service: lists snapshots',
    c: 'container: shares',
    o: 'object: files',
  };
  return [
    ...(services.includes('f') ? [] : ['the file service (ss=f)']),
    ...['s', 'c', 'o']
      .filter((type) => !resourceTypes.includes(type))
      .map((type) => `resource type ${type} (${types[type]})`),
    ...letters.filter((one) => !permissions.includes(one)).map((one) => `permission ${one} (${meanings[one]})`),
  ];
}

function times(
  { startsAtMs, expiresAtMs }: SasFacts,
  nowMs: number,
): readonly (readonly [Finding['severity'], string, string])[] {
  if (expiresAtMs === undefined) return [['error', 'SasExpiryUnknown', 'has an end (se) that is no time.']];
  if (expiresAtMs <= nowMs) return [['error', 'SasExpired', 'has ended: every request is refused with 403.']];
  const days = Math.floor((expiresAtMs - nowMs) / dayMs);
  const ends = days === 0 ? 'ends today' : `ends in ${days} ${days === 1 ? 'day' : 'days'}`;
  return [
    ...(startsAtMs !== undefined && startsAtMs > nowMs
      ? [['error', 'SasNotYet', 'is not valid yet (st).'] as const]
      : []),
    ...(expiresAtMs - nowMs < noticeMs
      ? [['warning', 'SasEndsSoon', `${ends}: runs fail from then on.`] as const]
      : []),
  ];
}
