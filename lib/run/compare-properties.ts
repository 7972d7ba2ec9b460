import { haveSameProperties } from '../plan/index.ts';
import type { Sides } from './content-comparison.ts';

/** What is different of a file but its content: size, times, attributes, headers, metadata, permission. Undefined = nothing. */
export async function propertyDifference(
  { source, point }: Sides,
  compareChangeTime: boolean,
): Promise<string | undefined> {
  const [from, held] = await Promise.all(
    [source, point].map(({ port, path, snapshot }) => port.getFile(path, { snapshot })),
  );
  if (from === undefined || held === undefined) return 'It is not there.';
  const compared: readonly (readonly [string, string | number, string | number])[] = [
    ['size', from.sizeBytes, held.sizeBytes],
    ['CreationTime', from.times.creation, held.times.creation],
    ['LastWriteTime', from.times.lastWrite, held.times.lastWrite],
    ...(compareChangeTime ? [['ChangeTime', from.times.change, held.times.change] as const] : []),
    ['attributes', from.attributes, held.attributes],
  ];
  const different = compared.find(([, left, right]) => left !== right);
  if (different !== undefined) return `Its ${different[0]} is ${different[2]}, not ${different[1]}.`;
  if (!haveSameProperties(from, held)) return 'Its HTTP headers or its metadata are different.';
  if (from.permissionKey === '') return undefined;
  const [wanted, given] = await Promise.all([
    source.port.getPermission(from.permissionKey),
    point.port.getPermission(held.permissionKey),
  ]);
  return wanted === given ? undefined : 'Its permission is different.';
}
