import type { TokenCredential } from '@azure/core-auth';
import { FarshareError } from '../errors.ts';

/** How an account is reached; secrets already resolved. These values never enter a log or a message. */
export type AccountAccess =
  | { readonly kind: 'connectionString'; readonly connectionString: string }
  /** An account SAS, with or without the leading `?`. */
  | { readonly kind: 'sas'; readonly fileEndpoint: string; readonly sas: string }
  /** Without `credential`: DefaultAzureCredential. */
  | { readonly kind: 'entra'; readonly fileEndpoint: string; readonly credential?: TokenCredential };

/** What AccountAccess comes down to. `endpoint` has no trailing slash. */
export type FileService =
  | { readonly kind: 'key'; readonly endpoint: string; readonly accountName: string; readonly accountKey: string }
  | { readonly kind: 'sas'; readonly endpoint: string; readonly sas: string }
  | {
      readonly kind: 'entra';
      readonly endpoint: string;
      readonly accountName: string;
      readonly credential: TokenCredential | undefined;
    };

/** Throws FarshareError `InvalidConnectionString` (disposition run), without the string. */
export function toFileService(name: string, access: AccountAccess): FileService {
  if (access.kind === 'connectionString') return fromConnectionString(name, access.connectionString);
  const endpoint = withoutTrailingSlash(access.fileEndpoint);
  if (access.kind === 'sas') return { kind: 'sas', endpoint, sas: access.sas.replace(/^\?/u, '') };
  return { kind: 'entra', endpoint, accountName: accountNameOf(endpoint), credential: access.credential };
}

function fromConnectionString(name: string, text: string): FileService {
  const parts = new Map(
    text
      .split(';')
      .filter((part) => part.includes('='))
      .map((part) => [part.slice(0, part.indexOf('=')).trim().toLowerCase(), part.slice(part.indexOf('=') + 1).trim()]),
  );
  const accountName = parts.get('accountname') ?? '';
  const protocol = parts.get('defaultendpointsprotocol') ?? 'https';
  const suffix = parts.get('endpointsuffix') ?? 'core.windows.net';
  const endpoint = withoutTrailingSlash(parts.get('fileendpoint') ?? `${protocol}://${accountName}.file.${suffix}`);
  const sas = parts.get('sharedaccesssignature');
  if (sas !== undefined && URL.canParse(endpoint)) return { kind: 'sas', endpoint, sas: sas.replace(/^\?/u, '') };
  const accountKey = parts.get('accountkey') ?? '';
  if (accountName === '' || accountKey === '' || !URL.canParse(endpoint)) {
    throw new FarshareError('InvalidConnectionString', `The connection string of account ${name} is incomplete`, {
      disposition: 'run',
    });
  }
  return { kind: 'key', endpoint, accountName, accountKey };
}

const withoutTrailingSlash = (url: string): string => url.replace(/\/+$/u, '');

/** First label of the host; the first path component where the host is an address (emulators). */
function accountNameOf(endpoint: string): string {
  const { hostname, pathname } = new URL(endpoint);
  const [component] = pathname.split('/').filter((part) => part !== '');
  return component ?? hostname.split('.', 1)[0] ?? hostname;
}
