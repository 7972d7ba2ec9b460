import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { SETTING } from './settings.ts';

type ConnectOptions = { host?: string; port?: number; servername?: string };
type Connecting = { createConnection: (options: ConnectOptions, then: unknown) => unknown };

/**
 * Runs in each test worker: connections to the service's host names end at the emulator, so the tests keep the
 * service's own URLs (over http only their scheme differs). Any other host is refused: nothing leaves this machine.
 */
function connectToEmulator(agent: typeof HttpAgent, port: number): void {
  const prototype = agent.prototype as unknown as Connecting;
  const connect = prototype.createConnection;
  prototype.createConnection = function createConnection(options, then) {
    const { host = '' } = options;
    if (host === '127.0.0.1') return connect.call(this, options, then);
    if (!host.endsWith('.core.windows.net')) throw new Error(`No connection to '${host}' from here.`);
    return connect.call(this, { ...options, host: '127.0.0.1', port, servername: host }, then);
  };
}

process.chdir(process.env[SETTING.scratch] ?? '.');

const port = Number(process.env[SETTING.port]);
const certificate = process.env[SETTING.certificate] ?? '';
// Trusted in this process only.
if (certificate !== '') setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')]);
connectToEmulator(HttpAgent, port);
connectToEmulator(HttpsAgent as unknown as typeof HttpAgent, port);

type Context = { client: { pipeline: unknown } };

/** The suite at hand was written for 12.29, which kept a client's pipeline here; 12.33 keeps it one level deeper. */
async function keepPipelineReachable(sdkPackage: string): Promise<void> {
  const module: { StorageClientContext?: { prototype: object } } = await import(
    pathToFileURL(join(sdkPackage, '../dist/esm/StorageClient.js')).href
  );
  if (!module.StorageClientContext) return;
  Object.defineProperty(module.StorageClientContext.prototype, 'pipeline', {
    configurable: true,
    get(this: Context) {
      return this.client.pipeline;
    },
  });
}

await keepPipelineReachable(process.env[SETTING.sdkPackage] ?? '');
