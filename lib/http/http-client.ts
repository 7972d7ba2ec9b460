import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { FarshareError } from '../errors.ts';

/** As the environment has it; see lib/config/proxy.ts. */
interface ProxySettings {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY: string;
}

/**
 * What the SDKs send with, so that one rule holds for all of them: their own policies read the environment each in its way,
 * and know nothing of farshare.json. Without a proxy, their default.
 */
export function createHttpClient(proxy?: ProxySettings): HttpClient {
  const client = createDefaultHttpClient();
  if (proxy === undefined) return client;
  requireProxySupport(process.versions.node);
  const settings = { keepAlive: true, maxSockets: 256, proxyEnv: { ...proxy } };
  const [http, https] = [new HttpAgent(settings), new HttpsAgent(settings)];
  return {
    sendRequest(request) {
      // Also over what the SDK's policy has put there; the agent goes past the proxy where NO_PROXY says so.
      request.agent = request.url.startsWith('https:') ? https : http;
      return client.sendRequest(request);
    },
  };
}

/** Node before that takes the setting and goes past the proxy in silence. */
export function requireProxySupport(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)) return;
  throw new FarshareError(
    'ProxyNotSupported',
    `Node ${version} knows no proxies: use 24.5 or later, or 22.21 or later.`,
    {
      disposition: 'run',
    },
  );
}
