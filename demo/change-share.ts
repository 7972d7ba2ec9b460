import { FileSystemAttributes } from '@azure/storage-file-share';
import type { ShareClient, ShareFileClient } from '@azure/storage-file-share';
import { attributesOf, fileClient, inParallel } from '../local-stack/index.ts';
import type { LocalFolder } from '../local-stack/index.ts';
import { renameEntry } from './rename.ts';

/** What was done to the share, in paths; the same path is in one list only. */
export interface Changes {
  /** Other content: written in place, grown, or written with the same size and LastWriteTime (only ChangeTime tells). */
  written: string[];
  /** Only metadata, HTTP headers, attributes or LastWriteTime. */
  described: string[];
  added: string[];
  /** New names. */
  renamed: string[];
  /** Files deleted, and old names of renamed ones. */
  gone: string[];
  directoriesAdded: string[];
  directoriesGone: string[];
}

interface ChosenDirectory {
  files: string[];
  /** With itself, parents first. */
  directories: string[];
}

const requestsInFlight = 16;
/** At most this many files of each sort of change, and about one file in forty, so that no guard has a reason to ask. */
const mostPerSort = 30;
const leastShare = 40;

/** Changes, adds, renames and deletes some files of each sort and adds, renames and deletes a directory. */
export async function changeShare(share: ShareClient, folder: LocalFolder): Promise<Changes> {
  const [renamedDirectory, deletedDirectory] = chooseDirectories(folder);
  const reserved = new Set([...(renamedDirectory?.files ?? []), ...(deletedDirectory?.files ?? [])]);
  const free = folder.files
    .filter(({ path, sizeBytes }, ordinal) => !reserved.has(path) && !isReadOnly(ordinal) && sizeBytes >= 2)
    .map(({ path }) => path);
  const perSort = Math.min(mostPerSort, Math.ceil(folder.files.length / leastShare));
  const picks = picker(free, perSort);
  const changes: Changes = {
    written: [],
    described: [],
    added: [],
    renamed: [],
    gone: [],
    directoriesAdded: [],
    directoriesGone: [],
  };
  for (const write of writes) changes.written.push(...(await applyTo(share, picks(), write)));
  for (const describe of descriptions) changes.described.push(...(await applyTo(share, picks(), describe)));
  await renameFiles(share, picks(), changes);
  await deleteFiles(share, picks(), changes);
  await addDirectory(share, perSort, changes);
  if (renamedDirectory) await renameDirectory(share, renamedDirectory, changes);
  if (deletedDirectory) await deleteDirectory(share, deletedDirectory, changes);
  return changes;
}

type Change = (file: ShareFileClient) => Promise<unknown>;

const writes: Change[] = [
  (file) => file.uploadRange('~~', 0, 2),
  (file) => file.uploadRange('??', 0, 2, { fileLastWrittenMode: 'Preserve' }),
  async (file) => {
    const { contentLength = 0 } = await file.getProperties();
    await file.resize(contentLength + 5);
    await file.uploadRange('grown', contentLength, 5);
  },
];

const descriptions: Change[] = [
  (file) => file.setMetadata({ reviewed: 'yes' }),
  (file) => file.setHttpHeaders({ fileContentType: 'text/plain', fileCacheControl: 'no-store' }),
  (file) => describeAnew(file, { fileAttributes: FileSystemAttributes.parse('Hidden|System') }),
  (file) => describeAnew(file, { lastWriteTime: new Date('2001-02-03T04:05:06.789Z') }),
];

/** Set Properties clears the HTTP headers that it does not name. */
async function describeAnew(file: ShareFileClient, properties: Parameters<ShareFileClient['setProperties']>[0]) {
  const now = await file.getProperties();
  const given = {
    fileContentType: now.contentType,
    fileCacheControl: now.cacheControl,
    fileContentLanguage: now.contentLanguage,
    fileContentDisposition: now.contentDisposition,
    fileContentMD5: now.contentMD5,
  };
  const fileHttpHeaders = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  await file.setProperties({ ...properties, fileHttpHeaders });
}

async function applyTo(share: ShareClient, paths: string[], change: Change): Promise<string[]> {
  await inParallel(requestsInFlight, paths, async (path) => void (await change(fileClient(share, path))));
  return paths;
}

async function renameFiles(share: ShareClient, paths: string[], changes: Changes): Promise<void> {
  await inParallel(requestsInFlight, paths, async (path) => {
    await renameEntry(share, { kind: 'file', from: path, to: `${path}.renamed` });
    changes.renamed.push(`${path}.renamed`);
    changes.gone.push(path);
  });
}

async function deleteFiles(share: ShareClient, paths: string[], changes: Changes): Promise<void> {
  await inParallel(requestsInFlight, paths, async (path) => void (await fileClient(share, path).delete()));
  changes.gone.push(...paths);
}

async function addDirectory(share: ShareClient, files: number, changes: Changes): Promise<void> {
  const directories = ['added by the demo', 'added by the demo/empty', 'added by the demo/Größe & Maße'];
  for (const path of directories) await share.getDirectoryClient(path).create();
  const paths = Array.from(
    { length: Math.max(1, files) },
    (_, i) => `${directories[i % 2 === 0 ? 0 : 2]}/new ${i}.txt`,
  );
  await inParallel(requestsInFlight, paths, async (path) => {
    const content = Buffer.from(`${path}\n`.repeat(100));
    await fileClient(share, path).create(content.length, { content, contentLength: content.length });
  });
  changes.added.push(...paths);
  changes.directoriesAdded.push(...directories);
}

async function renameDirectory(share: ShareClient, chosen: ChosenDirectory, changes: Changes): Promise<void> {
  const from = chosen.directories[0] ?? '';
  const renamed = (path: string) => `${from}-renamed${path.slice(from.length)}`;
  await renameEntry(share, { kind: 'directory', from, to: renamed(from) });
  changes.gone.push(...chosen.files);
  changes.renamed.push(...chosen.files.map(renamed));
  changes.directoriesGone.push(...chosen.directories);
  changes.directoriesAdded.push(...chosen.directories.map(renamed));
}

async function deleteDirectory(share: ShareClient, chosen: ChosenDirectory, changes: Changes): Promise<void> {
  await deleteFiles(share, chosen.files, changes);
  for (const path of chosen.directories.toReversed()) await share.getDirectoryClient(path).delete();
  changes.directoriesGone.push(...chosen.directories);
}

/** Each call gives the next `count` paths, spread over the whole list; calls share no path. */
function picker(paths: string[], count: number): () => string[] {
  const sorts = writes.length + descriptions.length + 2;
  const step = Math.max(1, Math.floor(paths.length / Math.max(1, count * sorts)));
  let next = 0;
  return () => {
    const picked = Array.from({ length: count }, (_, i) => paths[(next + i) * step]);
    next += count;
    return picked.filter((path) => path !== undefined);
  };
}

/** Two directories without ReadOnly files, neither above the other, that hold 2 to 40 files and few of all there are. */
function chooseDirectories(folder: LocalFolder): ChosenDirectory[] {
  const chosen: ChosenDirectory[] = [];
  const most = Math.min(40, folder.files.length / leastShare);
  for (const path of folder.directories.toReversed()) {
    const beneath = (other: string) => other.startsWith(`${path}/`);
    if (chosen.some(({ directories }) => directories.some((taken) => beneath(taken) || taken === path))) continue;
    const files = [...folder.files.entries()].filter(([, file]) => beneath(file.path));
    if (files.length < 2 || files.length > most || files.some(([ordinal]) => isReadOnly(ordinal))) continue;
    const directories = folder.directories.filter((other) => other === path || beneath(other));
    chosen.push({ files: files.map(([, file]) => file.path), directories });
    if (chosen.length === 2) break;
  }
  return chosen;
}

const isReadOnly = (ordinal: number) => attributesOf(ordinal)?.includes('ReadOnly') ?? false;
