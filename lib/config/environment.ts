/** The app settings that Farshare reads, and what they mean. */
import { z } from 'zod';
import { ConfigurationError, type ConfigProblem } from '../errors.ts';
import type { Environment } from './account-credentials.ts';

const uriSchema = z.url({ protocol: /^https?$/u, error: 'must be an http or https URL' });

export const environmentSchema = z.object({
  FARSHARE_CONFIG: z.string().min(1).describe('farshare.json: its path, or the JSON itself.'),
  AzureWebJobsStorage: z
    .string()
    .min(1)
    .optional()
    .describe('Connection string of the storage account that holds queues and tables; or the four settings below.'),
  AzureWebJobsStorage__accountName: z
    .string()
    .min(1)
    .optional()
    .describe('Name of that account in the public cloud, signed in to with Entra ID; stands for the two URIs.'),
  AzureWebJobsStorage__tableServiceUri: uriSchema.optional().describe('Its table service, signed in to with Entra ID.'),
  AzureWebJobsStorage__queueServiceUri: uriSchema.optional().describe('Its queue service, signed in to with Entra ID.'),
  AzureWebJobsStorage__clientId: z
    .string()
    .min(1)
    .optional()
    .describe('Client id of the user-assigned identity; absent: the system-assigned one.'),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Application Insights that events and metrics go to, as custom events and metrics. Absent: lines of JSON on stdout.',
    ),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z
    .string()
    .min(1)
    .optional()
    .describe('`Authorization=AAD`, with `ClientId=…` for a user-assigned identity: telemetry is sent by Entra ID.'),
  FARSHARE_HASH_NAMES: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: names of files in failure events are hashed.'),
  FARSHARE_PRUNING: z
    .enum(['app', 'separate'])
    .default('app')
    .describe(
      '`separate`: the app deletes no snapshot and ends no lease on one; `farshare prune` does, as another identity.',
    ),
  FARSHARE_API_AUTH: z
    .enum(['keys', 'entra'])
    .default('keys')
    .describe(
      'Who may use the HTTP API: who has a function key, or who App Service authentication has signed in with Entra ID and holds an app role.',
    ),
  WEBSITE_AUTH_ENABLED: z
    .string()
    .optional()
    .describe(
      'Set by App Service where its authentication is on; without it `FARSHARE_API_AUTH` entra lets nobody in.',
    ),
  FARSHARE_LEASE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(60)
    .describe('Seconds a worker holds a shard without a sign of life. 60 unless tests need less.'),
});

export type StateStorage =
  | { readonly kind: 'connectionString'; readonly connectionString: string }
  | {
      readonly kind: 'entra';
      readonly tableServiceUri: string;
      readonly queueServiceUri: string;
      readonly clientId?: string;
    };

export interface AppSettings {
  /** Path of farshare.json, or the JSON itself. */
  readonly config: string;
  readonly storage: StateStorage;
  readonly leaseSeconds: number;
  readonly insights?: InsightsSettings;
  /** Who deletes snapshots and ends their leases. */
  readonly pruning: 'app' | 'separate';
  /** Names of files in failure events are hashed. */
  readonly hashNames: boolean;
  /** Who may use the HTTP API. `nobody`: by Entra ID, but nothing signs anybody in. */
  readonly access: ApiAccess;
}

export type ApiAccess = 'keys' | 'entra' | 'nobody';

export interface InsightsSettings {
  readonly connectionString: string;
  /** Set when telemetry is taken by Entra ID only. */
  readonly entra?: { readonly clientId?: string };
}

/** Throws ConfigurationError with everything that is wrong, without values (a setting may hold a secret). */
export function parseEnvironment(env: Environment): AppSettings {
  const parsed = environmentSchema.safeParse(env);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => toProblem(issue, env));
  const storage = readStorage(env);
  if (storage === undefined) {
    problems.push({
      path: 'AzureWebJobsStorage',
      message: 'is required',
      value: '(absent)',
      fix: 'Set AzureWebJobsStorage to a connection string, or AzureWebJobsStorage__tableServiceUri and AzureWebJobsStorage__queueServiceUri.',
    });
  }
  if (!parsed.success || storage === undefined) {
    throw new ConfigurationError(`The app settings have ${countProblems(problems.length)}.`, problems);
  }
  const insights = readInsights(parsed.data);
  return {
    config: parsed.data.FARSHARE_CONFIG,
    storage,
    leaseSeconds: parsed.data.FARSHARE_LEASE_SECONDS,
    pruning: parsed.data.FARSHARE_PRUNING,
    hashNames: parsed.data.FARSHARE_HASH_NAMES === 'true',
    access: accessOf(parsed.data),
    ...(insights && { insights }),
  };
}

function accessOf(settings: z.output<typeof environmentSchema>): ApiAccess {
  if (settings.FARSHARE_API_AUTH === 'keys') return 'keys';
  return settings.WEBSITE_AUTH_ENABLED?.toLowerCase() === 'true' ? 'entra' : 'nobody';
}

/** The authentication string is the host's: `ClientId=…;Authorization=AAD`. */
function readInsights(settings: z.output<typeof environmentSchema>): InsightsSettings | undefined {
  const connectionString = settings.APPLICATIONINSIGHTS_CONNECTION_STRING;
  if (connectionString === undefined) return undefined;
  const parts = new Map(
    (settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? '')
      .split(';')
      .map((part) => part.trim().split('='))
      .map(([name = '', ...value]) => [name.toLowerCase(), value.join('=')]),
  );
  if (parts.get('authorization')?.toUpperCase() !== 'AAD') return { connectionString };
  const clientId = parts.get('clientid');
  return { connectionString, entra: clientId ? { clientId } : {} };
}

export const countProblems = (count: number): string => (count === 1 ? 'one problem' : `${count} problems`);

function readStorage(env: Environment): StateStorage | undefined {
  const connectionString = env['AzureWebJobsStorage'];
  if (connectionString !== undefined && connectionString !== '') return { kind: 'connectionString', connectionString };
  const setting = (name: string) => env[`AzureWebJobsStorage__${name}`] || undefined;
  const uri = (service: string) =>
    setting(`${service}ServiceUri`) ??
    (setting('accountName') === undefined
      ? undefined
      : `https://${setting('accountName')}.${service}.core.windows.net`);
  const [tableServiceUri, queueServiceUri, clientId] = [uri('table'), uri('queue'), setting('clientId')];
  if (tableServiceUri === undefined || queueServiceUri === undefined) return undefined;
  return { kind: 'entra', tableServiceUri, queueServiceUri, ...(clientId === undefined ? {} : { clientId }) };
}

function toProblem(issue: z.core.$ZodIssue, env: Environment): ConfigProblem {
  const name = String(issue.path[0]);
  const field = (environmentSchema.shape as Readonly<Record<string, z.ZodType>>)[name];
  const absent = env[name] === undefined;
  return {
    path: name,
    message: absent ? 'is required' : issue.message,
    value: absent ? '(absent)' : '(secret)',
    fix: `Set it: ${field?.description ?? ''}`,
  };
}
