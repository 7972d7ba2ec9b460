/** A folder that files are downloaded to. Nothing is ever written outside of it, whatever a name says or a link points to. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FarshareError } from '../errors.ts';
import type { HeldFile, LocalFolder, NewFile } from '../run/ports.ts';

/** Most file systems: bytes of a name. */
const longestName = 255;
/** While a file is not whole, it has this behind its name. */
const partSuffix = '.farshare-part';
const windowsDevices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu;

/**
 * The name as this file system can hold it: what would be a path, a device or too long becomes something else, told by `%`
 * and, where it is cut, by a hash of the whole.
 */
export function localName(name: string, platform: NodeJS.Platform = process.platform): string {
  const escape = (text: string): string =>
    Array.from(text, (one) => `%${one.codePointAt(0)?.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  let safe = name.replace(/[/\\\u0000-\u001f]/gu, escape);
  if (safe === '.' || safe === '..') safe = escape(safe);
  if (platform === 'win32') {
    safe = safe.replace(/[<>:"|?*]/gu, escape).replace(/[. ]+$/u, escape);
    if (windowsDevices.test(safe)) safe = `%${safe}`;
  }
  return shortened(safe);
}

function shortened(name: string): string {
  const room = longestName - partSuffix.length;
  if (Buffer.byteLength(name) <= room) return name;
  const hash = `~${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 20 ? name.slice(dot) : '';
  let stem = name;
  while (Buffer.byteLength(stem) + hash.length + Buffer.byteLength(extension) > room) {
    stem = Array.from(stem).slice(0, -1).join('');
  }
  return `${stem}${hash}${extension}`;
}

export function openFolder(root: string): LocalFolder {
  const at = (path: readonly string[]): string => join(root, ...path.map((name) => localName(name)));
  const safe = new Set<string>();
  /** Every directory on the way is a real one: a link may lead anywhere. */
  const makeDirectory = async (path: readonly string[]): Promise<void> => {
    if (safe.has(path.join('/'))) return;
    if (path.length > 0) await makeDirectory(path.slice(0, -1));
    await mkdir(at(path), { recursive: path.length === 0 }).catch(unlessThere);
    // The folder itself is what the user names, and may well be a link.
    if (path.length > 0 && !(await lstat(at(path))).isDirectory()) throw taken(path);
    if (safe.size > 100_000) safe.clear();
    safe.add(path.join('/'));
  };
  return {
    makeDirectory,
    look: (path) => look(at(path)),
    write: async (path, file) => {
      await makeDirectory(path.slice(0, -1));
      await write(at(path), file);
    },
    setTimes: (path, lastWriteMs) => utimes(at(path), new Date(lastWriteMs), new Date(lastWriteMs)),
  };
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const taken = (path: readonly string[]): FarshareError =>
  new FarshareError('NameTaken', `${path.join('/')} is not a directory in the folder.`, { disposition: 'entry' });

async function look(path: string): Promise<HeldFile | undefined> {
  try {
    const found = await lstat(path);
    return { isFile: found.isFile(), sizeBytes: found.size, lastWriteMs: Math.floor(found.mtimeMs) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Under another name until it is whole; holes stay holes where the file system has them. */
async function write(path: string, { sizeBytes, pieces, lastWriteMs }: NewFile): Promise<void> {
  const part = `${path}${partSuffix}`;
  await rm(part, { force: true });
  const handle = await open(part, 'wx');
  try {
    await handle.truncate(sizeBytes);
    for await (const { start, bytes } of pieces) await handle.write(bytes, 0, bytes.length, start);
    await handle.utimes(new Date(lastWriteMs), new Date(lastWriteMs));
    await handle.close();
    // A link of that name is replaced, not followed.
    await rename(part, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}
