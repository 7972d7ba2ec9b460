import { Crc64, crc64 } from '../store/index.ts';
import { ServiceError } from './errors.ts';
import { header, numberHeader } from './request.ts';
import type { BodyPieces, ServiceRequest } from './request.ts';
import { requireFeature } from './versions.ts';

// Structured messages: content in segments, each with its CRC-64, and one over all (@azure/storage-common
// StructuredMessageEncoding; little-endian throughout).

/** The only kind there is. */
const KIND = 'XSM/1.0; properties=crc64';
const VERSION = 1;
const WITH_CRC64 = 1;
const HEADER_BYTES = 13;
const SEGMENT_HEADER_BYTES = 10;
const CRC_BYTES = 8;
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** The kind of structured message the request carries or wants; undefined for plain content. @throws InvalidHeaderValue */
export function structuredBody(request: ServiceRequest): string | undefined {
  const sent = header(request, 'x-ms-structured-body');
  if (sent === undefined) return undefined;
  requireFeature(request, 'structuredMessage');
  if (sent.replaceAll(' ', '').toLowerCase() === KIND.replaceAll(' ', '').toLowerCase()) return KIND;
  throw new ServiceError('InvalidHeaderValue', {
    details: { HeaderName: 'x-ms-structured-body', HeaderValue: sent },
  });
}

/** The content of a request, taken out of its structured message when it is one; checksums are verified. */
export function contentOf(request: ServiceRequest): Buffer {
  if (structuredBody(request) === undefined) return request.body;
  const length = numberHeader(request, 'x-ms-structured-content-length', 0);
  if (length === undefined) {
    throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-structured-content-length' } });
  }
  const content = decodeMessage(request.body);
  if (content.length !== length) {
    throw new ServiceError('InvalidHeaderValue', { details: { HeaderName: 'x-ms-structured-content-length' } });
  }
  return content;
}

/** Content of a structured message. @throws InvalidInput when it is malformed, Crc64Mismatch */
function decodeMessage(message: Buffer): Buffer {
  const isMessage =
    message.length >= HEADER_BYTES &&
    message[0] === VERSION &&
    message.readBigUInt64LE(1) === BigInt(message.length) &&
    message.readUInt16LE(9) === WITH_CRC64;
  if (!isMessage) throw malformed();
  const segments = message.readUInt16LE(11);
  const pieces: Buffer[] = [];
  let at = HEADER_BYTES;
  for (let number = 1; number <= segments; number += 1) {
    if (message.length < at + SEGMENT_HEADER_BYTES || message.readUInt16LE(at) !== number) throw malformed();
    const length = Number(message.readBigUInt64LE(at + 2));
    at += SEGMENT_HEADER_BYTES;
    if (length > message.length - at - CRC_BYTES) throw malformed();
    const piece = message.subarray(at, at + length);
    at += length;
    verify(piece, message.subarray(at, at + CRC_BYTES));
    at += CRC_BYTES;
    pieces.push(piece);
  }
  if (message.length !== at + CRC_BYTES) throw malformed();
  const content = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  verify(content, message.subarray(at));
  return content;
}

function verify(content: Buffer, sent: Buffer): void {
  if (!sent.equals(crc64(content))) throw new ServiceError('Crc64Mismatch');
}

function malformed(): ServiceError {
  return new ServiceError('InvalidInput', { message: 'The structured message in the body is malformed.' });
}

/** The structured message of `length` bytes of content, made while it is sent. */
export function encodeMessage(length: number, read: (start: number, end: number) => Uint8Array): BodyPieces {
  // The JavaScript SDK waits for ever for the end of a message without segments.
  const segments = Math.max(1, Math.ceil(length / SEGMENT_BYTES));
  const total = HEADER_BYTES + length + segments * (SEGMENT_HEADER_BYTES + CRC_BYTES) + CRC_BYTES;
  return { length: total, pieces: messagePieces({ length, segments, total, read }) };
}

type Message = {
  length: number;
  segments: number;
  total: number;
  read: (start: number, end: number) => Uint8Array;
};

function* messagePieces({ length, segments, total, read }: Message): Generator<Uint8Array> {
  const head = Buffer.alloc(HEADER_BYTES);
  head[0] = VERSION;
  head.writeBigUInt64LE(BigInt(total), 1);
  head.writeUInt16LE(WITH_CRC64, 9);
  head.writeUInt16LE(segments, 11);
  yield head;
  const whole = new Crc64();
  for (let number = 1; number <= segments; number += 1) {
    const start = (number - 1) * SEGMENT_BYTES;
    const content = read(start, Math.min(start + SEGMENT_BYTES, length));
    const segmentHead = Buffer.alloc(SEGMENT_HEADER_BYTES);
    segmentHead.writeUInt16LE(number, 0);
    segmentHead.writeBigUInt64LE(BigInt(content.length), 2);
    yield segmentHead;
    yield content;
    yield crc64(content);
    whole.update(content);
  }
  yield whole.digest();
}
