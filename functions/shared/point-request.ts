import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { cursorSchema, nameSchema, readQuery } from './request.ts';

/** As long as a path of the service can be. */
const pathSchema = z.string().max(4_096);
const querySchema = z.strictObject({
  destination: nameSchema,
  path: pathSchema.default('/'),
  cursor: cursorSchema,
});

/** What `jobs/{job}/restore-points/{snapshot}/…?destination=&path=&cursor=` asks for. */
export function readPointRequest(request: HttpRequest) {
  const { job = '', snapshot = '' } = request.params;
  const { destination, ...rest } = readQuery(request, querySchema);
  return { from: { job, ...(destination !== undefined && { destination }) }, point: snapshot, ...rest };
}

const versionsSchema = z.strictObject({ path: pathSchema.min(1), cursor: cursorSchema, destination: nameSchema });

/** What `jobs/{job}/versions?path=&destination=&cursor=` asks for. */
export function readVersionsRequest(request: HttpRequest) {
  const { job = '' } = request.params;
  const { destination, ...rest } = readQuery(request, versionsSchema);
  return { from: { job, ...(destination !== undefined && { destination }) }, ...rest };
}
