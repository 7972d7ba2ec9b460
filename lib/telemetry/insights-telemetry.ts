import { createHash } from 'node:crypto';
import type { TokenCredential } from '@azure/core-auth';
import type { Telemetry } from '../run/ports.ts';

/** Longer than that, no invocation waits for what it has told to arrive: it is sent later, or kept on disk by the client. */
const flushLimitMs = 5_000;

export interface InsightsOptions {
  /** Of the Application Insights resource; names it and its ingestion endpoint. */
  readonly connectionString: string;
  /** For resources that take telemetry by Entra ID only. */
  readonly credential?: TokenCredential;
  /** URL of a proxy. The client knows none with a password. */
  readonly proxy?: string;
}

/**
 * Events as custom events, metrics as custom metrics, and nothing else: requests, dependencies and exceptions are told by the
 * Functions host, and told twice if the worker told them too (market-and-practice.md §6.4). Hence providers of its own
 * instead of the global ones, which no instrumentation reports to.
 */
export async function createInsightsTelemetry(options: InsightsOptions): Promise<Telemetry> {
  // Loaded when it is used: the library is large, and neither the command line nor an app without it should wait for it.
  const { TelemetryClient } = (await import('applicationinsights')).default;
  const client = new TelemetryClient(options.connectionString, { useGlobalProviders: false });
  if (options.credential !== undefined) client.config.aadTokenCredential = options.credential;
  if (options.proxy !== undefined) client.config.proxyHttpsUrl = options.proxy;
  let unsent = false;
  return {
    event: (name, properties) => {
      unsent = true;
      client.trackEvent({ name, properties: asTexts(properties) });
    },
    metric: (name, value, properties) => {
      unsent = true;
      client.trackMetric({ name, value, properties: asTexts(properties) });
    },
    flush: async () => {
      if (!unsent) return;
      unsent = false;
      const timeout = new AbortController();
      await Promise.race([client.flush(), waitFor(flushLimitMs, timeout.signal)]);
      timeout.abort();
    },
  };
}

/** Custom dimensions are texts; the client would leave out what is none. */
const asTexts = (properties: Readonly<Record<string, string | number | boolean>>): Record<string, string> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });

/** Names of files are told in failures alone; with this, as the first 16 hexadecimal digits of their SHA-256. */
export const withHashedNames = (telemetry: Telemetry): Telemetry => ({
  ...telemetry,
  event: (name, properties) => {
    const { path } = properties;
    telemetry.event(name, typeof path === 'string' ? { ...properties, path: hashOf(path) } : properties);
  },
});

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 16);
