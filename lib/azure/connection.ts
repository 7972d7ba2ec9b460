import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  setClientRequestIdPolicy,
  userAgentPolicy,
} from '@azure/core-rest-pipeline';
import type { HttpClient, Pipeline, PipelinePolicy } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential } from '@azure/identity';
import { storageSharedKeyCredentialPolicy } from '@azure/storage-common';
import { isLoopback } from '../model/index.ts';
import type { Clock } from '../run/ports.ts';
import type { FileService } from './account-access.ts';
import { leavingAtOnce, leavingByAgent, withLeave } from './agents.ts';
import { createRequestLimiter } from './limiter.ts';
import type { AccountConnection } from './requests.ts';

export interface ConnectionOptions {
  readonly clock: Clock;
  /** Proxies by the names of their variables; absent: none, whatever the environment says. */
  readonly proxy?: Readonly<Partial<Record<'HTTP_PROXY' | 'HTTPS_PROXY' | 'NO_PROXY', string>>> | undefined;
  /** For tests; absent: core-rest-pipeline's own. */
  readonly httpClient?: HttpClient | undefined;
  /** Called at each answer 503 and 429. */
  readonly onThrottled?: () => void;
}

const scope = 'https://storage.azure.com/.default';

/** Connections are kept for the life of the process: pipeline, sockets and limiter of one account. */
export function connect(service: FileService, options: ConnectionOptions): AccountConnection {
  return {
    endpoint: service.endpoint,
    sas: service.kind === 'sas' ? service.sas : '',
    pipeline: createPipeline(service, options.proxy),
    send:
      options.httpClient === undefined ? leavingByAgent(createDefaultHttpClient()) : leavingAtOnce(options.httpClient),
    limiter: createRequestLimiter(options.clock),
    clock: options.clock,
    onThrottled: options.onThrottled ?? (() => undefined),
  };
}

/** No retry, redirect or log policy: attempts are ours to count, and a URL may hold a SAS. */
function createPipeline(service: FileService, proxy: ConnectionOptions['proxy']): Pipeline {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(setClientRequestIdPolicy('x-ms-client-request-id'));
  pipeline.addPolicy(userAgentPolicy({ userAgentPrefix: 'farshare' }));
  const { protocol } = new URL(service.endpoint);
  pipeline.addPolicy(ownAgentPolicy(protocol, isLoopback(service.endpoint) ? undefined : proxy));
  const sign = signingPolicy(service);
  if (sign !== undefined) pipeline.addPolicy(sign, { phase: 'Sign' });
  return pipeline;
}

/** Sockets enough for every place of the limiter, kept open, through the proxy where there is one. */
function ownAgentPolicy(protocol: string, proxy: ConnectionOptions['proxy']): PipelinePolicy {
  const sockets = { keepAlive: true, maxSockets: 256, ...(proxy && { proxyEnv: { ...proxy } }) };
  const agent = withLeave(protocol === 'https:' ? new HttpsAgent(sockets) : new HttpAgent(sockets));
  return {
    name: 'ownAgentPolicy',
    sendRequest(request, next) {
      request.agent ??= agent;
      return next(request);
    },
  };
}

function signingPolicy(service: FileService): PipelinePolicy | undefined {
  if (service.kind === 'sas') return undefined;
  if (service.kind === 'key') {
    const { accountName, accountKey } = service;
    return storageSharedKeyCredentialPolicy({ accountName, accountKey: Buffer.from(accountKey, 'base64') });
  }
  const bearer = bearerTokenAuthenticationPolicy({
    credential: service.credential ?? new DefaultAzureCredential(),
    scopes: scope,
  });
  return {
    name: 'backupIntentPolicy',
    sendRequest(request, next) {
      // Files takes bearer tokens only from callers that say they bypass the files' own permissions.
      request.headers.set('x-ms-file-request-intent', 'backup');
      return bearer.sendRequest(request, next);
    },
  };
}
