import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One POST as it arrived. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly timestamp: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly text: string;
  /** The signature is the one that the specification asks for: computed here, not by the code under test. */
  readonly isSigned: boolean;
}

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** Statuses of the next answers; 200 after them. `hang`: none at all. */
  readonly answers: (number | 'hang' | { readonly status: number; readonly retryAfter: string })[];
  /** Called while the sender waits for the answer. */
  onReceived: (webhook: ReceivedWebhook) => void | Promise<void>;
}

export const webhookSecret = 'a secret of some length';

export async function startWebhookReceiver(secret = webhookSecret): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const answers: WebhookReceiver['answers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '' } = request.headers as Record<string, string>;
      const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.${text}`).digest('base64');
      const isSigned = request.headers['webhook-signature'] === `v1,${expected}` && request.method === 'POST';
      const { type, data } = JSON.parse(text) as Pick<ReceivedWebhook, 'type' | 'data'>;
      const webhook = { id, timestamp: Number(timestamp), type, data, text, isSigned };
      received.push(webhook);
      const answer = answers.shift() ?? 200;
      if (answer === 'hang') return;
      const { status, retryAfter } = typeof answer === 'number' ? { status: answer, retryAfter: undefined } : answer;
      void Promise.resolve(receiver.onReceived(webhook)).then(() => {
        response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('thanks');
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/topsecretpath`,
    received,
    answers,
    onReceived: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
