/** What the settings of an account mean for backups from or to it. */
import type { AccessFacts, AccountSettings, Finding, SettingsUnknown } from '../model/index.ts';
import { hardening, update } from './preflight-hardening.ts';

/** An account as a configuration names it, with what is known of it. */
export interface AccountInUse {
  readonly name: string;
  readonly roles: readonly ('source' | 'destination')[];
  readonly access: AccessFacts;
  readonly settings: AccountSettings | SettingsUnknown;
}

/** Shorter soft delete than this is over before a weekend’s mishap is seen. */
const fewestSoftDeleteDays = 7;

export function judgeAccount(account: AccountInUse): readonly Finding[] {
  const { settings } = account;
  if ('unknown' in settings) return [unknownSettings(account.name, settings)];
  const isDestination = account.roles.includes('destination');
  return [
    ...usable(account, settings),
    ...(account.roles.includes('source') ? copySource(account.name, settings) : []),
    ...softDelete(account.name, settings, isDestination),
    ...(isDestination ? hardening(account.name, account.access, settings) : []),
  ];
}

function unknownSettings(name: string, { unknown, detail }: SettingsUnknown): Finding {
  const checks = 'region, redundancy, soft delete, firewall, copy scope and roles are not checked';
  const id = `az storage account list --query "[].[name,id]" --output tsv, and the id as "resourceId" of accounts.${name}`;
  const found: Record<SettingsUnknown['unknown'], Omit<Finding, 'code' | 'message'> & { readonly why: string }> = {
    'no-resource-id': {
      severity: 'info',
      why: 'has no resource id in the configuration',
      fix: `${id}; or farshare check --subscription ID.`,
    },
    'not-found': { severity: 'warning', why: 'was not found by Azure Resource Manager', fix: `${id}.` },
    refused: {
      severity: 'info',
      why: 'may not be read by this identity in Azure Resource Manager',
      fix: `az login, or: az role assignment create --role Reader --scope RESOURCE_ID --assignee PRINCIPAL_ID`,
    },
    'no-answer': {
      severity: 'info',
      why: 'could not be asked about of Azure Resource Manager',
      fix: 'az account show; then farshare check again.',
    },
  };
  const { severity, why, fix } = found[unknown];
  const message = `Account ${name} ${why}${detail === '' ? '' : ` (${detail})`}: ${checks}.`;
  return { severity, code: 'SettingsUnknown', message, fix };
}

function usable({ name, access }: AccountInUse, settings: AccountSettings): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (code: string, message: string, fix: string): void => {
    findings.push({ severity: 'error', code, message, fix });
  };
  if (!settings.isAvailable) {
    const fix = 'az monitor activity-log list --resource-id ' + settings.resourceId;
    add('AccountUnavailable', `Azure says that account ${name} is unavailable: no run can read or write it.`, fix);
  }
  if (!['StorageV2', 'FileStorage', 'Storage'].includes(settings.kind)) {
    const fix = 'az storage account create --kind StorageV2, and its endpoint in the configuration.';
    add('KindWithoutFiles', `Account ${name} is of kind ${settings.kind}, which has no file shares.`, fix);
  }
  if (access.kind !== 'entra' && !settings.allowsSharedKey) {
    const what = access.kind === 'sas' ? 'a SAS signed with its key' : 'its key';
    const fix = `Remove "sas" and "connectionString" of accounts.${name}: Entra ID signs in then.`;
    add('SharedKeyRefused', `Account ${name} refuses shared keys, and the configuration signs in with ${what}.`, fix);
  }
  return findings;
}

/** A server-side copy is read by the service of the backups, from addresses inside Azure that no rule names. */
function copySource(name: string, settings: AccountSettings): readonly Finding[] {
  const isClosed = settings.publicNetwork !== 'Enabled';
  if (!isClosed && !settings.deniesByDefault) return [];
  const how = isClosed ? `has public network access ${settings.publicNetwork}` : 'denies networks by default';
  const endpoints =
    settings.privateEndpoints > 0 ? ' Its private endpoints serve the app’s listings, not the copies.' : '';
  return [
    {
      severity: 'error',
      code: 'SourceFirewall',
      message: `Source account ${name} ${how}. The service of the backups reads the files itself, from addresses that no rule names: its copies are refused (CannotVerifyCopySource).${endpoints}`,
      fix: update(settings, '--public-network-access Enabled --default-action Allow'),
    },
  ];
}

function softDelete(name: string, settings: AccountSettings, isDestination: boolean): readonly Finding[] {
  const { softDeleteDays, resourceId } = settings;
  if (softDeleteDays === undefined) {
    const message = `Whether account ${name} keeps deleted shares for some days may not be read by this identity.`;
    const fix = `az role assignment create --role Reader --scope ${resourceId} --assignee PRINCIPAL_ID`;
    return [{ severity: 'info', code: 'SoftDeleteUnknown', message, fix }];
  }
  if (softDeleteDays >= fewestSoftDeleteDays) return [];
  const how = softDeleteDays === 0 ? 'is off' : `lasts ${softDeleteDays} days`;
  const what = isDestination
    ? 'a deleted share of backups is gone with all its restore points'
    : 'a deleted share is gone';
  const parts = resourceId.split('/');
  const [group = '', account = ''] = [parts[4], parts[8]];
  return [
    {
      severity: 'warning',
      code: 'SoftDeleteOff',
      message: `Soft delete of shares ${how} on account ${name}: after that, ${what}.`,
      fix: `az storage account file-service-properties update --resource-group ${group} --account-name ${account} --enable-delete-retention true --delete-retention-days 30`,
    },
  ];
}
