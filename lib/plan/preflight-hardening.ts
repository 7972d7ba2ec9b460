/** How well an account keeps what is backed up to it. */
import type { AccessFacts, AccountSettings, Finding } from '../model/index.ts';

export const update = (settings: AccountSettings, change: string): string =>
  `az storage account update --ids ${settings.resourceId} ${change}`;

export function hardening(name: string, access: AccessFacts, settings: AccountSettings): readonly Finding[] {
  const findings: Finding[] = [];
  const warn = (code: string, message: string, fix: string): void => {
    findings.push({ severity: 'warning', code, message, fix });
  };
  if (/_LRS$/u.test(settings.sku)) {
    const message = `Account ${name} is ${settings.sku}: its copies are in one datacenter, and lost with it.`;
    warn('RedundancyLocal', message, update(settings, '--sku Standard_ZRS'));
  }
  if (settings.allowsSharedKey && access.kind === 'entra') {
    const message = `Account ${name} takes shared keys: who reads one can delete every restore point, whatever the roles say.`;
    warn('SharedKeyAllowed', message, update(settings, '--allow-shared-key-access false'));
  }
  if (!['TLS1_2', 'TLS1_3'].includes(settings.minimumTls)) {
    const message = `Account ${name} takes connections by ${settings.minimumTls}, which can be read by others.`;
    warn('TlsOld', message, update(settings, '--min-tls-version TLS1_2'));
  }
  return findings;
}
