/** What Azure Resource Manager knows of the accounts: @azure/arm-storage, and two requests of its pipeline beside it. */
import type { StorageAccount, StorageManagementClient } from '@azure/arm-storage';
import type { TokenCredential } from '@azure/core-auth';
import { createDefaultHttpClient, createPipelineRequest, isRestError } from '@azure/core-rest-pipeline';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential } from '@azure/identity';
import type { AccountSettings, Permission, SettingsUnknown } from '../model/index.ts';
import type { AccountInspector } from '../run/ports.ts';

/** Who signs in to Azure Resource Manager, and where it is. */
export interface ManagementOptions {
  /** Absent: DefaultAzureCredential. */
  readonly credential?: TokenCredential | undefined;
  /** Absent: that of the cloud which the file endpoint belongs to. */
  readonly managementEndpoint?: string | undefined;
  /** For tests; absent: core-rest-pipeline’s own. */
  readonly httpClient?: HttpClient | undefined;
}

interface AccountInspectorOptions extends ManagementOptions {
  /** File endpoints by the accounts’ names in the configuration. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Azure’s ids of the accounts that the configuration gives one for. */
  readonly resourceIds: Readonly<Record<string, string>>;
}

/** The oldest version that the SDK knows: every cloud has it. */
const apiVersion = '2025-06-01';
const authorizationVersion = '2022-04-01';
const subscriptionsVersion = '2022-12-01';
/** An account is asked about for so long; the check goes on without it. */
const patienceMs = 30_000;

const clouds: readonly (readonly [string, string])[] = [
  ['.chinacloudapi.cn', 'https://management.chinacloudapi.cn'],
  ['.usgovcloudapi.net', 'https://management.usgovcloudapi.net'],
];

const managementOf = (fileEndpoint: string): string =>
  clouds.find(([suffix]) => new URL(fileEndpoint).hostname.endsWith(suffix))?.[1] ?? 'https://management.azure.com';

/** Sends nothing before it is first asked, and loads the SDK no earlier. */
export function createAccountInspector(options: AccountInspectorOptions): AccountInspector {
  return {
    async settingsOf(name, subscription) {
      const resourceId = options.resourceIds[name];
      const searched = resourceId === undefined ? subscription : resourceId.split('/')[2];
      if (searched === undefined) return { unknown: 'no-resource-id', detail: '' };
      try {
        return await inspect(options, { name, resourceId, subscription: searched });
      } catch (error) {
        return unknownBecause(error);
      }
    },
  };
}

interface Inspection {
  readonly management: StorageManagementClient;
  readonly httpClient: HttpClient;
  readonly endpoint: string;
  readonly signal: AbortSignal;
}

interface Account {
  readonly name: string;
  readonly resourceId: string | undefined;
  readonly subscription: string;
}

async function inspect(
  options: AccountInspectorOptions,
  { name, resourceId, subscription }: Account,
): Promise<AccountSettings | SettingsUnknown> {
  const fileEndpoint = options.endpoints[name] ?? '';
  const endpoint = options.managementEndpoint ?? managementOf(fileEndpoint);
  const { StorageManagementClient: Client } = await import('@azure/arm-storage');
  const httpClient = options.httpClient ?? createDefaultHttpClient();
  const management = new Client(options.credential ?? new DefaultAzureCredential(), subscription, {
    endpoint,
    apiVersion,
    httpClient,
    credentials: { scopes: [`${managementScopeOf(endpoint)}/.default`] },
    retryOptions: { maxRetries: 2, maxRetryDelayInMs: 2_000 },
  });
  const inspection = { management, httpClient, endpoint, signal: AbortSignal.timeout(patienceMs) };
  const id = resourceId ?? (await findByEndpoint(inspection, fileEndpoint));
  if (id === undefined)
    return { unknown: 'not-found', detail: `no account of subscription ${subscription} has ${fileEndpoint}` };
  return readSettings(inspection, id);
}

/** Tokens are for the cloud’s own name of it, wherever a test has it listen. */
const managementScopeOf = (endpoint: string): string =>
  clouds.some(([, known]) => known === endpoint) ? endpoint : 'https://management.azure.com';

async function findByEndpoint({ management, signal }: Inspection, fileEndpoint: string): Promise<string | undefined> {
  const wanted = fileEndpoint.toLowerCase().replace(/\/+$/u, '');
  for await (const account of management.storageAccounts.list({ abortSignal: signal })) {
    if (account.primaryEndpoints?.file?.toLowerCase().replace(/\/+$/u, '') === wanted) return account.id;
  }
  return undefined;
}

async function readSettings(inspection: Inspection, resourceId: string): Promise<AccountSettings> {
  const { management, signal } = inspection;
  const [, , subscription = '', , group = '', , , , name = ''] = resourceId.split('/');
  const options = { abortSignal: signal };
  const account = await management.storageAccounts.getProperties(group, name, options);
  const [files, permissions, tenantId] = await Promise.all([
    unlessForbidden(management.fileServices.getServiceProperties(group, name, options)),
    unlessForbidden(readPermissions(inspection, resourceId)),
    unlessForbidden(readTenant(inspection, subscription)),
  ]);
  const softDelete = files?.shareDeleteRetentionPolicy;
  return {
    ...settingsOf(account, resourceId),
    softDeleteDays: files === undefined ? undefined : softDelete?.enabled === true ? (softDelete.days ?? 0) : 0,
    permissions,
    tenantId,
  };
}

const settingsOf = (
  account: StorageAccount,
  resourceId: string,
): Omit<AccountSettings, 'softDeleteDays' | 'permissions' | 'tenantId'> => ({
  resourceId,
  location: account.primaryLocation ?? account.location,
  secondaryLocation: account.secondaryLocation,
  sku: account.sku?.name ?? '',
  kind: account.kind ?? '',
  isAvailable: account.statusOfPrimary !== 'unavailable',
  // The service takes an absent value for these: allowed, TLS 1.0, open.
  allowsSharedKey: account.allowSharedKeyAccess !== false,
  minimumTls: account.minimumTlsVersion ?? 'TLS1_0',
  copyScope: account.allowedCopyScope,
  publicNetwork: publicNetworkOf(account.publicNetworkAccess),
  deniesByDefault: account.networkRuleSet?.defaultAction === 'Deny',
  privateEndpoints: (account.privateEndpointConnections ?? []).filter(
    ({ privateLinkServiceConnectionState }) => privateLinkServiceConnectionState?.status === 'Approved',
  ).length,
});

const publicNetworkOf = (text: string | undefined): AccountSettings['publicNetwork'] =>
  text === 'Disabled' || text === 'SecuredByPerimeter' ? text : 'Enabled';

/** What the identity that asks may do there, all pages. */
async function readPermissions(inspection: Inspection, resourceId: string): Promise<readonly Permission[]> {
  const permissions: Permission[] = [];
  let next: string | undefined =
    `${inspection.endpoint}${resourceId}/providers/Microsoft.Authorization/permissions?api-version=${authorizationVersion}`;
  while (next !== undefined && next !== '') {
    const page: { readonly value?: readonly Partial<Permission>[]; readonly nextLink?: string } = await getJson(
      inspection,
      next,
    );
    for (const { actions = [], notActions = [], dataActions = [], notDataActions = [] } of page.value ?? []) {
      permissions.push({ actions, notActions, dataActions, notDataActions });
    }
    next = page.nextLink;
  }
  return permissions;
}

async function readTenant(inspection: Inspection, subscription: string): Promise<string | undefined> {
  const url = `${inspection.endpoint}/subscriptions/${subscription}?api-version=${subscriptionsVersion}`;
  const { tenantId }: { readonly tenantId?: string } = await getJson(inspection, url);
  return tenantId;
}

class ManagementError extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string) {
    super(`Azure Resource Manager answered ${statusCode} ${code}`);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Through the SDK’s own pipeline: its credential, its retries. */
async function getJson<T>({ management, httpClient, signal }: Inspection, url: string): Promise<T> {
  const request = createPipelineRequest({ url, method: 'GET', abortSignal: signal });
  const response = await management.pipeline.sendRequest(httpClient, request);
  const body: unknown = JSON.parse(response.bodyAsText || '{}');
  if (response.status === 200) return body as T;
  throw new ManagementError(response.status, (body as { error?: { code?: string } }).error?.code ?? '');
}

async function unlessForbidden<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (statusOf(error) === 403) return undefined;
    throw error;
  }
}

const statusOf = (error: unknown): number | undefined =>
  isRestError(error) || error instanceof ManagementError ? Number(error.statusCode) : undefined;

/** Nothing of the request is told: it holds a token. */
function unknownBecause(error: unknown): SettingsUnknown {
  const status = statusOf(error);
  const { code, name } = error as { readonly code?: string; readonly name?: string };
  const detail = status === undefined ? (name ?? 'Error') : `${status}${code === undefined ? '' : ` ${code}`}`;
  if (status === 401 || status === 403) return { unknown: 'refused', detail };
  if (status === 404) return { unknown: 'not-found', detail };
  return {
    unknown: name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError' ? 'refused' : 'no-answer',
    detail,
  };
}
