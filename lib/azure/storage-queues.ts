import type { TokenCredential } from '@azure/core-auth';
import { toCompatResponse } from '@azure/core-http-compat';
import { createHttpHeaders, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import { QueueServiceClient, type StoragePipelineOptions } from '@azure/storage-queue';
import type { MessageQueues, QueueName } from '../run/ports.ts';
import { readSdkError, translateSdkError } from './storage-errors.ts';
import { onFirstUse } from './table-state-store.ts';

type QueueAccess = (
  | { readonly connectionString: string }
  | { readonly endpoint: string; readonly credential: TokenCredential }
) & {
  /** Before `shards`, `transfers`, `finalize`, `webhooks`; default `farshare-`. */
  readonly prefix?: string;
  /** Absent: the SDK's own. */
  readonly httpClient?: HttpClient | undefined;
};

/** Queues of Azure Queue storage, each made on first use where the identity may. Contract: MessageQueues. */
export function createStorageQueues(access: QueueAccess): MessageQueues {
  const service = openService(access);
  const { prefix = 'farshare-' } = access;
  const open = (name: QueueName) => {
    const client = service.getQueueClient(`${prefix}${name}`);
    const ready = onFirstUse(async () => {
      try {
        await client.createIfNotExists();
      } catch (error) {
        // An identity that may only send to the queue made by somebody else: sending shows whether it exists.
        if (readSdkError(error).status !== 403) throw translateSdkError('CreateQueue', error);
      }
    });
    return { client, ready };
  };
  const queues = {
    shards: open('shards'),
    transfers: open('transfers'),
    finalize: open('finalize'),
    webhooks: open('webhooks'),
  };
  return {
    async send(queue, message, delayMs = 0) {
      const { client, ready } = queues[queue];
      await ready();
      // The Functions host expects base64 (host.json, queues.messageEncoding).
      const text = Buffer.from(JSON.stringify(message), 'utf8').toString('base64');
      try {
        await client.sendMessage(text, { messageTimeToLive: -1, visibilityTimeout: Math.ceil(delayMs / 1000) });
      } catch (error) {
        throw translateSdkError('PutMessage', error);
      }
    },
  };
}

/** The queue client takes an HTTP client only in the form of the SDK's earlier core. */
const inOlderForm = (client: HttpClient): NonNullable<StoragePipelineOptions['httpClient']> => ({
  async sendRequest({ url, method, headers, body, abortSignal, timeout }) {
    const request = createPipelineRequest({
      url,
      method,
      headers: createHttpHeaders(headers.toJson({ preserveCase: true })),
      body,
      timeout,
      // Azurite's address; which one is allowed has been decided by the SDK before this.
      allowInsecureConnection: true,
      ...(abortSignal && { abortSignal }),
    });
    return toCompatResponse(await client.sendRequest(request));
  },
});

function openService(access: QueueAccess): QueueServiceClient {
  const { httpClient } = access;
  const options: StoragePipelineOptions = {
    retryOptions: { maxTries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 5_000 },
    ...(httpClient && { httpClient: inOlderForm(httpClient) }),
  };
  if ('connectionString' in access) return QueueServiceClient.fromConnectionString(access.connectionString, options);
  return new QueueServiceClient(access.endpoint, access.credential, options);
}
