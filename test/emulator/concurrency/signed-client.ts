import { Agent, request as httpRequest } from 'node:http';
import { signedHeaders } from '../wire/signature.ts';

export type SignedAnswer = {
  readonly status: number;
  /** x-ms-error-code. */
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export type SignedCall = { readonly headers?: Record<string, string>; readonly body?: Uint8Array };

/** A client with one connection of its own and SharedKey, fast enough for load; it retries nothing. */
export class SignedClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** @throws Error when the connection ends without an answer */
  call(method: string, path: string, { headers = {}, body }: SignedCall = {}): Promise<SignedAnswer> {
    const sent = signedHeaders(method, path, {
      headers: body === undefined ? headers : { ...headers, 'content-length': String(body.length) },
    });
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, method, path, headers: sent, agent: this.agent };
      const request = httpRequest(options, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const code = response.headers['x-ms-error-code'];
          resolve({
            status: response.statusCode ?? 0,
            code: typeof code === 'string' ? code : undefined,
            headers: response.headers,
            body: Buffer.concat(pieces),
          });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
