/** A configuration that is right, to be made wrong in one place. */
import { loadConfig, type LoadedConfig } from '../../../lib/config.ts';
import { ConfigurationError, type ConfigProblem } from '../../../lib/errors.ts';

export const secretKey = 'c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==';
export const accountSas =
  'sv=2026-04-06&ss=f&srt=sco&sp=rl&se=2027-01-01T00%3A00%3A00Z&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D';
export const connectionString = `DefaultEndpointsProtocol=http;AccountName=one;AccountKey=${secretKey};FileEndpoint=http://127.0.0.1:10004/one;`;

export const rightConfig = () => ({
  accounts: {
    production: { connectionString: { env: 'PRODUCTION' } },
    vault: { fileEndpoint: 'https://vault.file.core.windows.net/', sas: { env: 'VAULT' } },
  },
  jobs: [
    {
      name: 'finance',
      source: { account: 'production', share: 'finance' },
      destinations: [{ name: 'west', account: 'vault', share: 'finance' }],
    },
  ],
});

export const environment = { PRODUCTION: connectionString, VAULT: `?${accountSas}` };

export const load = (document: unknown, env: Record<string, string> = environment): Promise<LoadedConfig> =>
  loadConfig({
    value: typeof document === 'string' ? document : JSON.stringify(document),
    env,
    readFile: () => Promise.reject(Object.assign(new Error('no file'), { code: 'ENOENT' })),
  });

/** The problems of a configuration; none if it loads. */
export async function problemsOf(document: unknown, env?: Record<string, string>): Promise<readonly ConfigProblem[]> {
  const outcome = await load(document, env).catch((error: unknown) => error);
  return outcome instanceof ConfigurationError ? outcome.problems : [];
}

/** The right configuration with the value at a path such as `jobs.0.name` replaced; `undefined` removes it. */
export function withValue(path: string, value: unknown): unknown {
  const document = rightConfig();
  const parts = path.split('.');
  let holder = document as unknown as Record<string, unknown>;
  for (const part of parts.slice(0, -1)) holder = (holder[part] ??= {}) as Record<string, unknown>;
  const last = parts.at(-1) ?? '';
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return document;
}
