import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { checkAccount, DEFAULT_ACCOUNTS } from './accounts.ts';
import type { Account } from './accounts.ts';
import { answerControl, CONTROL_PREFIX } from './control.ts';
import type { Controlled } from './control.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { Pace } from './pace.ts';
import type { Budget, Scope } from './pace.ts';
import type { Location } from './persistence/index.ts';
import { serve } from './server.ts';
import type { LogEntry, Pipeline } from './server.ts';
import { Stats } from './stats.ts';
import { createStore } from './store/index.ts';
import type { Clock, Store, Switches } from './store/index.ts';
import { readBody } from './wire/receive.ts';
import type { Surroundings } from './wire/request.ts';
import { originForm } from './wire/target.ts';

export type FilesEmulatorOptions = {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: a free one. */
  port?: number | undefined;
  accounts?: readonly Account[] | undefined;
  /** Folder that keeps the state; made when missing. Default: the state ends with the process. */
  location?: string | undefined;
  /** Added to every request. Default 0. */
  latencyMs?: number | undefined;
  /** Requests a second per account; above it 503 ServerBusy. Default unlimited. */
  iops?: number | undefined;
  mebibytesPerSecond?: number | undefined;
  /** The same for each share. */
  shareIops?: number | undefined;
  shareMebibytesPerSecond?: number | undefined;
  /** PEM texts; both or none. With them the emulator speaks https. */
  tls?: { cert: string; key: string } | undefined;
  /** Undocumented service behaviour that may be either way. */
  switches?: Partial<Switches> | undefined;
  /**
   * The service's clock; default: the machine's. May jump ahead, for instance to play a week in a second; signatures are still
   * judged by the machine's time.
   */
  clock?: Clock | undefined;
  log?: ((entry: LogEntry) => void) | undefined;
  /** Told of defects of the emulator; default: written to stderr. */
  reportDefect?: ((error: unknown) => void) | undefined;
};

/** A running emulator. */
export type FilesEmulator = {
  /** `http://HOST:PORT`, without an account. */
  url: string;
  port: number;
  store: Store;
  stats: Stats;
  faults: Faults;
  accounts: readonly Account[];
  /** A connection string for one of its accounts. */
  connectionString: (account: string) => string;
  /** Ends it: open connections are cut, the state is kept if there is a location. */
  stop: () => Promise<void>;
};

const machineClock: Clock = { nowMs: () => Date.now() };

/** Idle connections stay open this long; shorter than clients keep theirs, a request could meet a closing socket. */
const KEEP_ALIVE_MS = 120_000;

/** 8 KiB of metadata, 8 KiB of SDDL and 2 KiB of copy source fit. */
const MAX_HEADER_BYTES = 32 * 1024;

/**
 * Starts an Azure Files service on this machine. Resolves when it listens.
 * @throws LocationError if the location is in use or cannot be read
 */
export async function startFilesEmulator(options: FilesEmulatorOptions = {}): Promise<FilesEmulator> {
  const { host = '127.0.0.1', tls } = options;
  const accounts = (options.accounts ?? DEFAULT_ACCOUNTS).map(checkAccount);
  const keys = new Map(accounts.map(({ name, key }) => [name, Buffer.from(key, 'base64')]));
  const location = await openLocation(options);
  const store = createStore({ clock: options.clock ?? machineClock, switches: options.switches, keeper: location });
  const stats = new Stats();
  const faults = createFaults();
  let port = 0;
  const surroundings: Surroundings = {
    store,
    stats,
    keyOf: (account) => keys.get(account),
    port: () => port,
  };
  const pipeline = pipelineOf(options, surroundings, faults);
  const controlled: Controlled = {
    stats,
    faults,
    store,
    hasAccount: (name) => keys.has(name),
    accounts: [...keys.keys()],
  };
  const listener = listenerOf(pipeline, controlled);
  const maxHeaderSize = MAX_HEADER_BYTES;
  const server = tls
    ? createHttpsServer({ ...tls, maxHeaderSize }, listener)
    : createHttpServer({ maxHeaderSize }, listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  try {
    await listen(server, host, options.port ?? 0);
  } catch (error) {
    location?.close();
    throw error;
  }
  port = (server.address() as AddressInfo).port;
  const url = `${pipeline.protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const connectionString = (account: string) => connectionStringOf(accounts, account, url);
  const stop = async () => {
    await closeServer(server);
    location?.close();
  };
  return { url, port, store, stats, faults, accounts, connectionString, stop };
}

/** Loaded only when wanted: node:sqlite warns on older versions of Node that it is experimental. */
async function openLocation(options: FilesEmulatorOptions): Promise<Location | undefined> {
  if (options.location === undefined) return undefined;
  const { Location } = await import('./persistence/index.ts');
  return new Location(options.location, { onFailure: options.reportDefect ?? writeDefect });
}

function pipelineOf(options: FilesEmulatorOptions, surroundings: Surroundings, faults: Faults): Pipeline {
  return {
    surroundings,
    faults,
    pace: paceOf(options, surroundings.store),
    clock: options.clock ?? machineClock,
    latencyMs: options.latencyMs ?? 0,
    protocol: options.tls ? 'https' : 'http',
    log: options.log,
    reportDefect: options.reportDefect ?? writeDefect,
  };
}

function paceOf(options: FilesEmulatorOptions, store: Store): Pace {
  return new Pace({
    account: { iops: options.iops, mebibytesPerSecond: options.mebibytesPerSecond },
    share: { iops: options.shareIops, mebibytesPerSecond: options.shareMebibytesPerSecond },
    shareBudgetOf: store.switches.provisionedLimitsHold ? (scope) => provisionedBudget(store, scope) : undefined,
  });
}

/** What a share's provisioned settings allow it; undefined for a share without. */
function provisionedBudget(store: Store, scope: Scope): Budget | undefined {
  try {
    const { settings } = store.shares.getProperties(scope);
    const iops = settings['x-ms-share-provisioned-iops'];
    const mebibytes = settings['x-ms-share-provisioned-bandwidth-mibps'];
    if (iops === undefined && mebibytes === undefined) return undefined;
    return {
      iops: iops === undefined ? undefined : Number(iops),
      mebibytesPerSecond: mebibytes === undefined ? undefined : Number(mebibytes),
    };
  } catch {
    return undefined;
  }
}

function writeDefect(error: unknown): void {
  process.stderr.write(`Files emulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

function connectionStringOf(accounts: readonly Account[], name: string, url: string): string {
  const account = accounts.find((each) => each.name === name);
  if (!account) throw new Error(`This emulator has no account '${name}'.`);
  const protocol = url.slice(0, url.indexOf(':'));
  const endpoint = `${url}/${name}`;
  return `DefaultEndpointsProtocol=${protocol};AccountName=${name};AccountKey=${account.key};FileEndpoint=${endpoint};`;
}

function listenerOf(pipeline: Pipeline, controlled: Controlled): RequestListener {
  return (request, response) => {
    if (originForm(request.url ?? '').startsWith(CONTROL_PREFIX)) void control(pipeline, controlled, request, response);
    else void serve(pipeline, request, response);
  };
}

async function control(
  pipeline: Pipeline,
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = (await readBody(request)).toString('utf8');
    const answer = answerControl(controlled, request.method ?? 'GET', originForm(request.url ?? ''), body);
    respondJson(response, answer.status, answer.document);
  } catch (error) {
    pipeline.reportDefect(error);
    respondJson(response, 500, { error: 'The emulator failed; its stderr says why.' });
  }
}

function respondJson(response: ServerResponse, status: number, document: unknown): void {
  const body = JSON.stringify(document);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
