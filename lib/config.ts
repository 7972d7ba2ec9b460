import { farshareConfigSchema, type FarshareConfig, type JobConfig } from './model/index.ts';
import { ConfigurationError, type ConfigProblem } from './errors.ts';
import {
  fileEndpointOf,
  resolveAccount,
  type AccountCredentials,
  type Environment,
} from './config/account-credentials.ts';
import { findCrossProblems } from './config/cross-checks.ts';
import { countProblems } from './config/environment.ts';
import { findJsonError } from './config/find-json-error.ts';
import { findSchemaProblems } from './config/schema-problems.ts';
import { valueAt } from './config/show-value.ts';
import { type ProxySettings, resolveProxy } from './config/proxy.ts';
import { resolveWebhooks, type WebhookTarget } from './config/webhooks.ts';

export type { AccountCredentials, Environment } from './config/account-credentials.ts';
export type { ProxySettings } from './config/proxy.ts';
export type { WebhookTarget } from './config/webhooks.ts';
export { environmentSchema, parseEnvironment, type AppSettings, type StateStorage } from './config/environment.ts';

export interface LoadedConfig {
  /** farshare.json without its accounts, defaults filled. Holds no secret. */
  readonly config: Omit<FarshareConfig, 'accounts' | 'webhooks' | 'proxy' | 'jobs'> & { readonly jobs: JobConfig[] };
  /** By the account's name in the configuration. Holds the secrets; never log it. */
  readonly accounts: Readonly<Record<string, AccountCredentials>>;
  /** Azure’s ids of those accounts that have one in the configuration. */
  readonly resourceIds: Readonly<Record<string, string>>;
  /** With addresses and secrets; never log them. */
  readonly webhooks: readonly WebhookTarget[];
  /** May hold a password; never log it. */
  readonly proxy?: ProxySettings | undefined;
}

export interface ConfigSource {
  /** Path of farshare.json, or the JSON itself (it starts with `{`). */
  readonly value: string;
  readonly readFile: (path: string) => string | Promise<string>;
  /** Where `{"env": NAME}` is looked up. */
  readonly env: Environment;
}

/** Throws ConfigurationError with all problems at once; none of them shows a secret. */
export async function loadConfig(source: ConfigSource): Promise<LoadedConfig> {
  const document = parseJson(await readText(source), source.value);
  const schemaProblems = findSchemaProblems(farshareConfigSchema, document);
  const resolved = resolveAccounts(document, source.env);
  const { webhooks, problems: webhookProblems } = resolveWebhooks(document, source.env);
  const { proxy, problems: proxyProblems } = resolveProxy(document, source.env);
  const problems = withoutRepeats([
    ...schemaProblems,
    ...resolved.problems,
    ...webhookProblems,
    ...proxyProblems,
    ...findCrossProblems(document, resolved.endpoints),
  ]);
  if (problems.length > 0) {
    throw new ConfigurationError(`The configuration has ${countProblems(problems.length)}.`, problems);
  }
  const { accounts, webhooks: _webhooks, proxy: _proxy, jobs, ...config } = farshareConfigSchema.parse(document);
  const resourceIds = Object.entries(accounts).flatMap(([name, { resourceId }]) =>
    resourceId === undefined ? [] : [[name, resourceId] as const],
  );
  // Jobs are stored with their runs: the addresses and secrets of their webhooks stay here.
  const withoutWebhooks = jobs.map(({ webhooks: _own, ...job }): JobConfig => ({
    ...(config.history && { history: config.history }),
    ...job,
  }));
  return {
    config: { ...config, jobs: withoutWebhooks },
    accounts: resolved.accounts,
    resourceIds: Object.fromEntries(resourceIds),
    webhooks,
    proxy,
  };
}

const isInline = (value: string): boolean => value.trimStart().startsWith('{');

async function readText({ value, readFile }: ConfigSource): Promise<string> {
  if (isInline(value)) return value;
  try {
    return await readFile(value);
  } catch (error) {
    const code = (error as { readonly code?: string }).code;
    const message = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown error'})`;
    throw refuse({
      path: '$',
      message: `the configuration file ${message}`,
      value: JSON.stringify(value),
      fix: 'Create the file, or name another one with --config or FARSHARE_CONFIG.',
    });
  }
}

function parseJson(text: string, origin: string): unknown {
  // Editors on Windows put a byte order mark in front.
  const json = text.replace(/^\uFEFF/u, '');
  const wrong = findJsonError(json);
  if (wrong === undefined) return JSON.parse(json);
  throw refuse({
    path: '$',
    message: `the document is not JSON: line ${wrong.line}, column ${wrong.column}: ${wrong.expected} expected`,
    // Not the text: what stands there may be a secret.
    value: isInline(origin) ? '(inline JSON)' : JSON.stringify(origin),
    fix: `Write ${wrong.expected} there. Comments and commas after the last member are not JSON.`,
  });
}

const refuse = (problem: ConfigProblem): ConfigurationError =>
  new ConfigurationError(`The configuration cannot be read: ${problem.message}.`, [problem]);

function resolveAccounts(document: unknown, env: Environment) {
  const written = valueAt(document, ['accounts']);
  const problems: ConfigProblem[] = [];
  const accounts: Record<string, AccountCredentials> = {};
  const endpoints = new Map<string, string>();
  const isObject = typeof written === 'object' && written !== null && !Array.isArray(written);
  for (const [name, account] of Object.entries(isObject ? written : {})) {
    const resolved = resolveAccount(name, account, env);
    problems.push(...resolved.problems);
    if (resolved.credentials === undefined) continue;
    accounts[name] = resolved.credentials;
    endpoints.set(name, fileEndpointOf(resolved.credentials));
  }
  return { accounts, endpoints, problems };
}

/** What is wrong with a field is told once, as the first look at it saw it. */
const withoutRepeats = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
  problems.filter((problem, index) => problems.findIndex((other) => other.path === problem.path) === index);
