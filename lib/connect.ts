/** What the app is connected with beside its shares, all of it through one HTTP client. */
import { DefaultAzureCredential } from '@azure/identity';
import { type AccountAccess, createStorageQueues, createTableStateStore } from './azure/index.ts';
import type { AppSettings, LoadedConfig, StateStorage } from './config.ts';
import { createHttpClient } from './http/index.ts';
import type { Telemetry } from './run/ports.ts';
import type { RunContext } from './run/index.ts';
import { createInsightsTelemetry, createLineTelemetry, withHashedNames } from './telemetry/index.ts';

type HttpClient = ReturnType<typeof createHttpClient>;

interface Connected extends Pick<RunContext, 'state' | 'queues' | 'telemetry'> {
  readonly httpClient: HttpClient;
  /** For accounts that sign in with Entra ID, and for Azure Resource Manager. */
  readonly credential: DefaultAzureCredential;
}

export async function connectApp(
  settings: AppSettings,
  { proxy }: LoadedConfig,
  log: (line: string) => void,
): Promise<Connected> {
  const { storage } = settings;
  const httpClient = createHttpClient(proxy);
  const credential = identityOf(httpClient, storage.kind === 'entra' ? storage : {});
  const telemetry = await openTelemetry(settings, { log, httpClient, proxy: proxy?.HTTPS_PROXY });
  return { ...openState(storage, { credential, httpClient }), telemetry, credential, httpClient };
}

/** Events go one way only: sent by the client and carried by the host as well, they would be there twice. */
async function openTelemetry(
  { insights, hashNames }: AppSettings,
  { log, httpClient, proxy }: { log: (line: string) => void; httpClient: HttpClient; proxy: string | undefined },
): Promise<Telemetry> {
  const telemetry =
    insights === undefined
      ? createLineTelemetry(log)
      : await createInsightsTelemetry({
          connectionString: insights.connectionString,
          ...(insights.entra && { credential: identityOf(httpClient, insights.entra) }),
          ...(proxy !== undefined && { proxy }),
        });
  return hashNames ? withHashedNames(telemetry) : telemetry;
}

function openState(
  storage: StateStorage,
  { credential, httpClient }: { credential: DefaultAzureCredential; httpClient: HttpClient },
): Pick<RunContext, 'state' | 'queues'> {
  const tableName = 'farshare';
  if (storage.kind === 'connectionString') {
    const { connectionString } = storage;
    return {
      state: createTableStateStore({ connectionString, tableName, httpClient }),
      queues: createStorageQueues({ connectionString, httpClient }),
    };
  }
  return {
    state: createTableStateStore({ endpoint: storage.tableServiceUri, credential, tableName, httpClient }),
    queues: createStorageQueues({ endpoint: storage.queueServiceUri, credential, httpClient }),
  };
}

/** The app's one identity: the user-assigned one that the settings name, or the system-assigned one. */
export const identityOf = (
  httpClient: HttpClient,
  { clientId }: { readonly clientId?: string } = {},
): DefaultAzureCredential =>
  new DefaultAzureCredential({ httpClient, ...(clientId !== undefined && { managedIdentityClientId: clientId }) });

/** Accounts that sign in with Entra ID do so as this identity. */
export const withCredential = (
  accounts: LoadedConfig['accounts'],
  credential: DefaultAzureCredential,
): Record<string, AccountAccess> =>
  Object.fromEntries(
    Object.entries(accounts).map(([name, account]) => [
      name,
      account.kind === 'entra' ? { ...account, credential } : account,
    ]),
  );
