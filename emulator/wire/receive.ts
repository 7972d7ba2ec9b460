import type { IncomingMessage } from 'node:http';
import { ServiceError } from './errors.ts';
import { MAX_RANGE_BYTES } from './ranges.ts';

/** A little above the largest range, for the frame of a structured message. */
const MAX_BODY_BYTES = MAX_RANGE_BYTES + 64 * 1024;
const EMPTY = Buffer.alloc(0);

/** True when the request has a body to read. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Reads a body into memory. @throws RequestBodyTooLarge */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    return Promise.reject(new ServiceError('RequestBodyTooLarge', { headers: { Connection: 'close' } }));
  }
  if (request.destroyed) return Promise.reject(new ConnectionLost());
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > MAX_BODY_BYTES) {
        request.pause();
        reject(new ServiceError('RequestBodyTooLarge', { headers: { Connection: 'close' } }));
        return;
      }
      pieces.push(piece);
    });
    request.on('end', () =>
      resolve(pieces.length === 0 ? EMPTY : pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)),
    );
    request.on('error', () => reject(new ConnectionLost()));
    request.on('close', () => reject(new ConnectionLost()));
  });
}

/** The client went away before its request was complete; nobody is left to answer. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}
