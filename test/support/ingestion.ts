/** Application Insights' ingestion endpoint as the SDK sees it: takes envelopes over https, and keeps them. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { makeCertificate } from './certificate.ts';

/** What the tables AppEvents and AppMetrics are filled from. */
export interface Envelope {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: {
      readonly name?: string;
      readonly properties?: Readonly<Record<string, string>>;
      readonly metrics?: readonly { readonly name: string; readonly value: number; readonly count?: number }[];
    };
  };
}

export interface Ingestion {
  readonly envelopes: readonly Envelope[];
  /** App settings that send a process' telemetry here. */
  readonly settings: Record<string, string>;
  close(): Promise<void>;
}

export async function startIngestion(): Promise<Ingestion> {
  const envelopes: Envelope[] = [];
  const { key, cert, certFile, remove } = makeCertificate();
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = envelopesIn(Buffer.concat(chunks), request.headers['content-encoding']);
      envelopes.push(...received);
      const count = received.length;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ itemsReceived: count, itemsAccepted: count, errors: [] }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `https://127.0.0.1:${port}/`;
  return {
    envelopes,
    settings: {
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=${endpoint};LiveEndpoint=${endpoint}`,
      NODE_EXTRA_CA_CERTS: certFile,
      // The SDK's statistics of itself go to its maker: tests talk to loopback only.
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      remove();
    },
  };
}

function envelopesIn(body: Buffer, encoding: string | undefined): Envelope[] {
  const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString();
  return text.startsWith('[')
    ? (JSON.parse(text) as Envelope[])
    : text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Envelope);
}
