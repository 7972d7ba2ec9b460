/** Which proxy the adapters use. May hold a password: never in a log, a message or the state. */
import { secretSchema } from '../model/index.ts';
import type { ConfigProblem } from '../errors.ts';
import type { Environment } from './account-credentials.ts';
import { showValue, valueAt } from './show-value.ts';

/** In the words of the variables that everybody knows. */
export interface ProxySettings {
  /** For requests to http and https addresses. */
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  /** Hosts that are reached directly: names, `.suffix`, `*`, `host:port`, ranges of addresses. */
  readonly NO_PROXY: string;
}

/** Emulators, the Functions host, and where a managed identity gets its tokens. */
const neverProxied = ['localhost', '::1', '[::1]', '127.0.0.1-127.255.255.255', '169.254.0.0-169.254.255.255'];

/** `proxy` of the configuration, or the variables of the environment; undefined when neither names one. */
export function resolveProxy(
  document: unknown,
  env: Environment,
): { readonly proxy: ProxySettings | undefined; readonly problems: readonly ConfigProblem[] } {
  const written = valueAt(document, ['proxy']);
  const noProxy = [variable(env, 'NO_PROXY'), ...neverProxied].filter((one) => one !== undefined).join(',');
  if (written === undefined) {
    const all = variable(env, 'ALL_PROXY');
    const named = { HTTP_PROXY: variable(env, 'HTTP_PROXY') ?? all, HTTPS_PROXY: variable(env, 'HTTPS_PROXY') ?? all };
    const found = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const problems = found.flatMap(([name, url]) => problemsOf(url, name));
    return { proxy: found.length === 0 ? undefined : { ...Object.fromEntries(found), NO_PROXY: noProxy }, problems };
  }
  const parsed = secretSchema.safeParse(written);
  if (!parsed.success) return { proxy: undefined, problems: [] };
  const url = typeof parsed.data === 'string' ? parsed.data : variable(env, parsed.data.env);
  if (url === undefined) return { proxy: undefined, problems: [notSet(parsed.data as { env: string })] };
  return { proxy: { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: noProxy }, problems: problemsOf(url, 'proxy') };
}

/** Lower case counts first, as it does for other programs. */
const variable = (env: Environment, name: string): string | undefined =>
  [env[name.toLowerCase()], env[name]].map((text) => text?.trim()).find((text) => text !== undefined && text !== '');

const notSet = ({ env }: { readonly env: string }): ConfigProblem => ({
  path: 'proxy.env',
  message: 'names an environment variable that is not set',
  value: JSON.stringify(env),
  fix: `Set the variable ${env}, or name another one.`,
});

function problemsOf(url: string, path: string): readonly ConfigProblem[] {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isUsable =
    parsed !== undefined && /^https?:$/u.test(parsed.protocol) && parsed.pathname === '/' && parsed.search === '';
  if (isUsable) return [];
  const fix = 'Write http://host:port, or http://user:password@host:port with both percent-encoded.';
  return [{ path, message: 'is no address of an HTTP proxy', value: showValue(['proxy'], url), fix }];
}
