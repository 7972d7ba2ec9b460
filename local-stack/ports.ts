import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Ports {
  functions: number;
  files: number;
  blob: number;
  queue: number;
  table: number;
}

/** What people expect: Core Tools' own, one beside Azurite's that the SDK takes for path style, and Azurite's own. */
export const usualPorts: Ports = { functions: 7071, files: 10004, blob: 10000, queue: 10001, table: 10002 };

/** Zero lets each service pick its own. */
export const freePorts: Ports = { functions: 0, files: 0, blob: 0, queue: 0, table: 0 };

/** Rejects, naming all that are taken, before anything is started. */
export async function requirePorts(ports: Ports): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (port !== 0 && !(await isFree(port))) taken.push(`${port} (${name})`);
  }
  if (taken.length > 0) throw new Error(`Ports in use on 127.0.0.1: ${taken.join(', ')}. Free them, or use --ports 0`);
}

/** For programs that cannot pick a port themselves (`func start`). */
export async function aFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
