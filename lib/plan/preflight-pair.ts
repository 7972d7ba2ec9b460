/** Whether two accounts, a source's and a destination's, fit each other. */
import type { AccountSettings, Finding } from '../model/index.ts';
import type { AccountInUse } from './preflight-account.ts';

/** `place` names the destination: `finance/west`. */
export function judgePair(place: string, source: AccountInUse, destination: AccountInUse): readonly Finding[] {
  if (isSameAccount(source, destination)) {
    const message = `The backups of ${place} are in the account that they are made of: who can delete the one can delete the other, and both are lost with its region.`;
    const fix = `az storage account create --location OTHER_REGION --sku Standard_ZRS --allow-shared-key-access false, and its endpoint under "accounts".`;
    return [{ severity: 'error', code: 'SameAccount', message, fix }];
  }
  const [from, to] = [source.settings, destination.settings];
  if ('unknown' in from || 'unknown' in to) return [];
  return [...regions(place, from, to), ...copyScope(place, { source: from, destination: to })];
}

const isSameAccount = (source: AccountInUse, destination: AccountInUse): boolean =>
  source.access.endpoint.toLowerCase() === destination.access.endpoint.toLowerCase();

function regions(place: string, from: AccountSettings, to: AccountSettings): readonly Finding[] {
  if (regionOf(from.location) === regionOf(to.location)) {
    const message = `The backups of ${place} are in ${to.location}, as their source is: a backup in the same region is lost with it.`;
    const fix =
      'az storage account create --location OTHER_REGION --sku Standard_ZRS, and its endpoint under "accounts".';
    return [{ severity: 'error', code: 'RegionsNotApart', message, fix }];
  }
  return [];
}

/** `West Europe` and `westeurope` are one region. */
const regionOf = (name: string): string => name.toLowerCase().replaceAll(' ', '');

function copyScope(
  place: string,
  { source, destination }: Readonly<Record<'source' | 'destination', AccountSettings>>,
): readonly Finding[] {
  const { copyScope: scope, resourceId } = destination;
  if (scope === undefined) return [];
  const fix = `az resource update --ids ${resourceId} --set properties.allowedCopyScope=null`;
  const refusal = (severity: Finding['severity'], code: string, why: string): readonly Finding[] => [
    { severity, code, message: `The account of the backups of ${place} takes copies ${why}`, fix },
  ];
  if (scope === 'PrivateLink') {
    const without = [source, destination].some(({ privateEndpoints }) => privateEndpoints === 0);
    return without
      ? refusal(
          'error',
          'CopyScope',
          'only over private links to one network, and one of the two accounts has none: copies are refused.',
        )
      : refusal(
          'warning',
          'CopyScopeUnsure',
          'only over private links to one network; whether the two accounts’ links are in one is not seen here.',
        );
  }
  const [from, to] = [source.tenantId, destination.tenantId];
  if (from === undefined || to === undefined) {
    return refusal(
      'info',
      'CopyScopeUnsure',
      'only from its own tenant, and the tenant of one of the two is not known here.',
    );
  }
  if (from === to) return [];
  return refusal(
    'error',
    'CopyScope',
    `only from its own tenant (${to}), and the source is in ${from}: copies are refused.`,
  );
}
