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
  return { config: parsed.data.FARSHARE_CONFIG, storage, leaseSeconds: parsed.data.FARSHARE_LEASE_SECONDS };
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
