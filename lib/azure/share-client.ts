import type { SharePath } from '../model/index.ts';
import type { ShareAccess, ShareRef } from '../run/ports.ts';
import type { CopySourceSas } from './copy-source.ts';
import { encodePath } from './paths.ts';
import { sendRequest, type AccountConnection, type FilesRequest } from './requests.ts';

/** What the operations of one share work with: where it is, how it is reached, and for whom. */
export interface ShareClient {
  readonly ref: ShareRef;
  readonly connection: AccountConnection;
  readonly access: ShareAccess;
  readonly copySourceSas: CopySourceSas;
}

export interface ShareRequest<T> extends Omit<FilesRequest<T>, 'path'> {
  /** Inside the share; absent or `''` = its root, which is the share itself. */
  readonly path?: SharePath;
}

/** Sends a request about an entry of the share, or about the share itself. */
export async function sendToShare<T>(client: ShareClient, request: ShareRequest<T>): Promise<T> {
  const path = encodePath(client.ref.share, request.path ?? '');
  return sendRequest(client.connection, client.access, { ...request, path });
}

/** Where nothing of the answer is needed. */
export const nothing = (): void => undefined;
