import type { Metadata } from '../store/index.ts';
import { ServiceError } from './errors.ts';
import type { ServiceRequest } from './request.ts';

const PREFIX = 'x-ms-meta-';
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** All names and values together [REST, "Setting and retrieving properties and metadata"]. */
const TOTAL_BYTES = 8 * 1024;

/** The metadata of a request, names in the case they were sent; undefined when it carries none. */
export function requestMetadata(request: ServiceRequest): Metadata | undefined {
  const { rawHeaders } = request;
  let metadata: Record<string, string> | undefined;
  let bytes = 0;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length < PREFIX.length || name.slice(0, PREFIX.length).toLowerCase() !== PREFIX) continue;
    const key = name.slice(PREFIX.length);
    const value = rawHeaders[index + 1] ?? '';
    if (key === '') throw new ServiceError('EmptyMetadataKey');
    if (!NAME.test(key)) throw new ServiceError('InvalidMetadata');
    bytes += key.length + value.length;
    if (bytes > TOTAL_BYTES) throw new ServiceError('MetadataTooLarge');
    metadata ??= {};
    metadata[key] = value;
  }
  return metadata;
}

/** Adds `x-ms-meta-*` to the headers of an answer. */
export function addMetadata(headers: Record<string, string | number>, metadata: Metadata): void {
  for (const name in metadata) headers[PREFIX + name] = metadata[name] ?? '';
}
