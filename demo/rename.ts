import { ShareSASPermissions } from '@azure/storage-file-share';
import type { ShareClient } from '@azure/storage-file-share';

const sasLifetimeMs = 3_600_000;

/**
 * Renames inside one share. Not by the SDK: its rename (12.33) builds the new URL without the account where that stands in
 * the path, as it does for an emulator.
 */
export async function renameEntry(
  share: ShareClient,
  entry: { kind: 'file' | 'directory'; from: string; to: string },
): Promise<void> {
  const permissions = ShareSASPermissions.parse('rcwd');
  const signed = share.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + sasLifetimeMs) });
  const url = (path: string) => {
    const address = new URL(signed);
    address.pathname = [address.pathname, ...path.split('/').map(encodeURIComponent)].join('/');
    return address;
  };
  const destination = url(entry.to);
  destination.searchParams.set('comp', 'rename');
  if (entry.kind === 'directory') destination.searchParams.set('restype', 'directory');
  const response = await fetch(destination, {
    method: 'PUT',
    headers: {
      'x-ms-version': '2025-07-05',
      'x-ms-allow-trailing-dot': 'true',
      'x-ms-file-rename-source': url(entry.from).href,
    },
  });
  if (!response.ok) {
    throw new Error(
      `Renaming ${entry.from} was answered ${response.status} ${response.headers.get('x-ms-error-code') ?? ''}`,
    );
  }
}
