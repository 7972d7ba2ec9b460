import { createHmac } from 'node:crypto';

/** Everything a user delegation key is bound to; all of it travels in each SAS signed with the key. */
export type DelegationKeyFields = {
  objectId: string;
  tenantId: string;
  startsOn: string;
  expiresOn: string;
  service: string;
  version: string;
  delegatedTenantId: string;
};

/**
 * The key is computed from what it is bound to, so that the emulator keeps no list of issued keys and a key outlives a
 * restart, as on the service.
 */
export function deriveDelegationKey(accountKey: Buffer, fields: DelegationKeyFields): Buffer {
  const bound = [fields.objectId, fields.tenantId, fields.startsOn, fields.expiresOn, fields.service, fields.version];
  return createHmac('sha256', accountKey)
    .update(['user-delegation-key', ...bound, fields.delegatedTenantId].join('\n'))
    .digest();
}
