import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StoreError } from '../store/index.ts';
import { ServiceError } from './errors.ts';
import type { Answer, BodyPieces } from './request.ts';
import { escapeXml, XML_DECLARATION } from './xml.ts';

const SERVER = 'Windows-Azure-File/1.0 Microsoft-HTTPAPI/2.0';
const idSuffix = `-${randomBytes(2).toString('hex')}-0040-${randomBytes(2).toString('hex')}-${randomBytes(3).toString('hex')}000000`;
let idCounter = randomBytes(3).readUIntBE(0, 3);

/** A request id in the shape of the service's, unique within the process. */
export function nextRequestId(): string {
  idCounter = (idCounter + 1) % 0x100000000;
  return idCounter.toString(16).padStart(8, '0') + idSuffix;
}

/** What an answer needs beside itself. */
export type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  version: string;
  /** The service's clock; differs from the process's under a clockSkewMs fault. */
  skewMs: number;
  /** Cuts the connection after so many bytes of the body. */
  truncateBodyAt: number | undefined;
};

/** Sends an answer with the headers all have. Resolves with the bytes of the body sent, when the last is handed over. */
export function send(exchange: Exchange, answer: Answer): number | Promise<number> {
  const { request, response } = exchange;
  const headers: Record<string, string | number> = { ...answer.headers };
  addCommonHeaders(exchange, headers);
  const { body } = answer;
  const isPieces = typeof body === 'object' && 'pieces' in body;
  const length = body === undefined ? 0 : lengthOf(body);
  if (answer.status !== 204 && headers['Content-Length'] === undefined) headers['Content-Length'] = length;
  response.writeHead(answer.status, headers);
  if (request.method === 'HEAD' || body === undefined) {
    response.end();
    return 0;
  }
  if (exchange.truncateBodyAt !== undefined && exchange.truncateBodyAt < length) {
    return sendTruncated(response, body, exchange.truncateBodyAt);
  }
  if (isPieces) return sendPieces(response, body);
  response.end(body);
  return length;
}

function addCommonHeaders(exchange: Exchange, headers: Record<string, string | number>): void {
  headers['Server'] = SERVER;
  headers['x-ms-request-id'] = exchange.requestId;
  headers['x-ms-version'] = exchange.version;
  if (exchange.skewMs !== 0) headers['Date'] = new Date(Date.now() + exchange.skewMs).toUTCString();
  const clientId = exchange.request.headers['x-ms-client-request-id'];
  if (typeof clientId === 'string' && /^[\x21-\x7e]{1,1024}$/.test(clientId)) {
    headers['x-ms-client-request-id'] = clientId;
  }
}

function lengthOf(body: string | Uint8Array | BodyPieces): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body.length;
}

async function sendPieces(response: ServerResponse, { pieces }: BodyPieces): Promise<number> {
  let sent = 0;
  for (const piece of pieces) {
    if (response.destroyed) return sent;
    sent += piece.length;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
  return sent;
}

/** Resolves when the socket takes more, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

async function sendTruncated(
  response: ServerResponse,
  body: string | Uint8Array | BodyPieces,
  length: number,
): Promise<number> {
  let left = length;
  const pieces = typeof body === 'object' && 'pieces' in body ? body.pieces : [Buffer.from(body)];
  for (const piece of pieces) {
    if (left <= 0 || response.destroyed) break;
    const part = piece.subarray(0, left);
    left -= part.length;
    await new Promise<void>((resolve) => {
      response.write(part, () => resolve());
    });
  }
  response.destroy();
  return length - left;
}

/** What of an error reaches the client. */
export type Refusal = {
  code: string;
  status: number;
  message: string;
  details: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
};

/** A refusal of wire or store as it is sent; undefined for anything else, which is a defect of this emulator. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof ServiceError) return error;
  if (!(error instanceof StoreError)) return undefined;
  const { code, message, status } = error;
  return { code, status, message, details: {}, headers: {} };
}

/** The answer for a refusal: header and XML body. */
export function refusalAnswer(refusal: Refusal, requestId: string): Answer {
  const { code, details, message, status } = refusal;
  const time = new Date().toISOString().replace('Z', '0000Z');
  const text = `${message}\nRequestId:${requestId}\nTime:${time}`;
  let body = `${XML_DECLARATION}<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(text)}</Message>`;
  for (const name in details) body += `<${name}>${escapeXml(printable(details[name] ?? ''))}</${name}>`;
  return {
    status,
    headers: { ...refusal.headers, 'x-ms-error-code': code, 'Content-Type': 'application/xml' },
    body: `${body}</Error>`,
  };
}

/** Details may quote what a client sent, which XML need not be able to carry. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
