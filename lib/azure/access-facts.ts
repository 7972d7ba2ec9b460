import type { AccessFacts } from '../model/index.ts';
import { toFileService, type AccountAccess } from './account-access.ts';

/** How an account is signed in to, without the secret. Throws as `toFileService` does. */
export function describeAccess(name: string, access: AccountAccess): AccessFacts {
  const service = toFileService(name, access);
  const { endpoint } = service;
  if (service.kind !== 'sas') return { kind: service.kind, endpoint };
  const parameters = new URLSearchParams(service.sas);
  const text = (key: string): string => parameters.get(key) ?? '';
  return {
    kind: 'sas',
    endpoint,
    sas: {
      services: text('ss'),
      resourceTypes: text('srt'),
      permissions: text('sp'),
      startsAtMs: timeOf(text('st')),
      expiresAtMs: timeOf(text('se')),
      httpsOnly: text('spr').toLowerCase() === 'https',
      addresses: text('sip'),
    },
  };
}

function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
