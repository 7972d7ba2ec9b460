import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FileSystemAttributes } from '@azure/storage-file-share';
import type { FileCreateOptions, ShareClient } from '@azure/storage-file-share';
import { inParallel } from './in-parallel.ts';
import type { LocalFile, LocalFolder } from './local-folder.ts';
import { timesOf } from './smb-times.ts';
import type { SmbTimes } from './smb-times.ts';

const requestsInFlight = 64;
/** The most Create File takes along and Put Range writes (Azure Files facts §1). */
const maxBodyBytes = 4 * 1024 * 1024;

/** Permissions as Windows writes them, so that a backup has some to lose. */
const permissions = [
  'O:SYG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)',
  'O:BAG:SYD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)',
  'O:BAG:BAD:(A;;FA;;;BA)(A;;FR;;;WD)',
];

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.ts': 'text/x-typescript',
};

/**
 * Uploads a local folder as it is, with its times to 100 ns, and gives some entries what a folder on Linux does not have:
 * metadata, HTTP headers, attributes and Windows permissions. One request for a file up to 4 MiB.
 */
export async function seedShare(
  share: ShareClient,
  folder: LocalFolder,
  onProgress: (filesDone: number) => void = () => undefined,
): Promise<void> {
  const keys = await Promise.all(
    permissions.map(async (sddl) => (await share.createPermission(sddl)).filePermissionKey ?? ''),
  );
  await seedDirectories(share, folder, keys);
  let done = 0;
  await inParallel(requestsInFlight, folder.files.entries(), async ([ordinal, file]) => {
    const key = keys[ordinal % keys.length] ?? '';
    const local = join(folder.root, file.path);
    await seedFile(share, { file, ordinal, local, permissionKey: key }).catch((error: unknown) => fail(local, error));
    onProgress((done += 1));
  });
  // Writing children may move a directory's times, so they come last, deepest first.
  await inParallel(requestsInFlight, folder.directories.toReversed(), async (path) => {
    await share.getDirectoryClient(path).setProperties(asDates(timesOf(await stat(join(folder.root, path), big))));
  });
}

/** The SDK's own message says no more than a status code. */
function fail(local: string, error: unknown): never {
  const { message, details } = error as Error & { details?: { errorCode?: string } };
  throw new Error(`Uploading ${local}: ${message} ${details?.errorCode ?? ''}`.trimEnd(), { cause: error });
}

const big = { bigint: true } as const;

/** Level by level: a directory needs its parent. */
async function seedDirectories(share: ShareClient, folder: LocalFolder, keys: string[]): Promise<void> {
  const levels = Map.groupBy(folder.directories.entries(), ([, path]) => path.split('/').length);
  for (const level of [...levels.keys()].toSorted((a, b) => a - b)) {
    await inParallel(requestsInFlight, levels.get(level) ?? [], async ([ordinal, path]) => {
      await share.getDirectoryClient(path).create({
        filePermissionKey: keys[ordinal % keys.length] ?? '',
        ...(ordinal % 10 === 0 ? { metadata: { kind: 'package', ordinal: String(ordinal) } } : {}),
        ...(ordinal % 15 === 3 ? { fileAttributes: FileSystemAttributes.parse('Directory|Hidden') } : {}),
      });
    });
  }
}

interface Seed {
  file: LocalFile;
  ordinal: number;
  local: string;
  permissionKey: string;
}

async function seedFile(share: ShareClient, seed: Seed): Promise<void> {
  const { file, ordinal, local, permissionKey } = seed;
  const times = asDates(timesOf(await stat(local, big)));
  const client = fileClient(share, file.path);
  const small = file.sizeBytes <= maxBodyBytes;
  const content = small && file.sizeBytes > 0 ? (await readFile(local)).subarray(0, maxBodyBytes) : undefined;
  // By what was read: a file that is written meanwhile may have another size by now.
  await client.create(content?.length ?? (small ? 0 : file.sizeBytes), {
    ...times,
    filePermissionKey: permissionKey,
    fileHttpHeaders: httpHeadersOf(seed, content),
    ...(content === undefined ? {} : { content, contentLength: content.length }),
    ...(ordinal % 50 === 0 ? { metadata: { origin: 'seed', ordinal: String(ordinal) } } : {}),
  });
  if (!small) {
    await uploadRanges(share, file, local);
    await client.setProperties({ ...times, fileHttpHeaders: httpHeadersOf(seed, content) });
  }
  // ReadOnly cannot be there while content is written, and Set Properties clears headers that it does not name.
  const attributes = attributesOf(ordinal);
  if (attributes !== undefined) {
    const fileAttributes = FileSystemAttributes.parse(attributes);
    await client.setProperties({ ...times, fileAttributes, fileHttpHeaders: httpHeadersOf(seed, content) });
  }
}

/** What seeding gives the file of that place in the folder; undefined: the service's default. */
export function attributesOf(ordinal: number): string | undefined {
  if (ordinal % 70 === 2) return 'ReadOnly|Archive';
  return ordinal % 70 === 3 ? 'Hidden|Archive' : undefined;
}

function httpHeadersOf(
  { file, ordinal }: Seed,
  content: Buffer | undefined,
): FileCreateOptions['fileHttpHeaders'] & {} {
  return {
    fileContentType: contentTypes[extname(file.path)] ?? 'application/octet-stream',
    ...(ordinal % 60 === 1
      ? { fileCacheControl: 'max-age=60', fileContentLanguage: 'en', fileContentDisposition: 'attachment' }
      : {}),
    ...(ordinal % 40 === 5 && content !== undefined
      ? { fileContentMD5: new Uint8Array(createHash('md5').update(content).digest()) }
      : {}),
  };
}

async function uploadRanges(share: ShareClient, { path, sizeBytes }: LocalFile, local: string): Promise<void> {
  const handle = await open(local);
  try {
    for (let start = 0; start < sizeBytes; start += maxBodyBytes) {
      const buffer = Buffer.alloc(Math.min(maxBodyBytes, sizeBytes - start));
      await handle.read(buffer, 0, buffer.length, start);
      await fileClient(share, path).uploadRange(buffer, start, buffer.length);
    }
  } finally {
    await handle.close();
  }
}

/** The SDK's client of a path; `getDirectoryClient` takes a path, `getFileClient` only a name. */
export function fileClient(share: ShareClient, path: string) {
  const slash = path.lastIndexOf('/');
  const directory = slash < 0 ? share.rootDirectoryClient : share.getDirectoryClient(path.slice(0, slash));
  return directory.getFileClient(path.slice(slash + 1));
}

/** The SDK passes on anything but a Date as it is; a Date would cut times to milliseconds. */
function asDates(times: SmbTimes): Record<keyof SmbTimes, Date> {
  return times as unknown as Record<keyof SmbTimes, Date>;
}
