/**
 * The manifest of a restore point: what its run changed, the SHA-256 of what it verified, and its report, in files of the
 * share `farshare-catalog` of the destination account. All of it can be lost without losing a backup.
 */
import { createHash } from 'node:crypto';
import { asFarshareError } from '../errors.ts';
import {
  type DestinationConfig,
  type Entry,
  type JobConfig,
  joinPath,
  parentPath,
  type RunReport,
  type SharePath,
} from '../model/index.ts';
import type { SharePort } from './ports.ts';

export type ManifestPart = 'changes' | 'verified';

export interface ManifestOwner {
  readonly job: Pick<JobConfig, 'name'>;
  readonly destination: Pick<DestinationConfig, 'name' | 'share'>;
}

/** Where the catalog holds what is of a job's copy in a share: another deployment may use the same names in the same account. */
export const catalogPlace = (kind: 'manifests' | 'blocks', { job, destination }: ManifestOwner): SharePath =>
  `${kind}/${job.name}/${destination.name}.${destination.share}`;

/** Where the manifests of a job at a destination are; the names of their files begin with their runs' ids. */
const manifestsOf = (owner: ManifestOwner): SharePath => catalogPlace('manifests', owner);

export const partPath = (
  owner: ManifestOwner,
  runId: string,
  { kind, part }: { kind: ManifestPart; part: number },
): SharePath => joinPath(manifestsOf(owner), `${runId}.${kind}-${String(part).padStart(5, '0')}.jsonl`);

export const reportPath = (owner: ManifestOwner, runId: string): SharePath =>
  joinPath(manifestsOf(owner), `${runId}.report.json`);

/** How a run begins that has no part yet. */
export const noParts = '0.';

/** `<parts>.<digest>`: of so many parts, each hashed with the digest before it, so that it can go on in another process. */
export const nextDigest = (before: string, part: number, text: string): string => {
  const content = createHash('sha256').update(text).digest('hex');
  return `${part}.${createHash('sha256').update(`${before}\n${content}`).digest('hex')}`;
};

/** Writes a file of the catalog whole, making the share and the directories above it when they are not there. */
export async function writeCatalogFile(catalog: SharePort, path: SharePath, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8');
  const create = (): Promise<void> =>
    catalog.createFile(path, { sizeBytes: bytes.length, metadata: {}, headers: { contentType: 'application/json' } });
  try {
    await create();
  } catch (error) {
    const { code } = asFarshareError(error);
    if (!missingCodes.has(code)) throw error;
    if (code === 'ShareNotFound') await catalog.createShare({});
    await makeDirectories(catalog, parentPath(path));
    await create();
  }
  if (bytes.length > 0) await catalog.putBytes(path, 0, bytes);
}

const missingCodes: ReadonlySet<string> = new Set(['ShareNotFound', 'ParentNotFound', 'ResourceNotFound']);

/** Those above first; one that is there already stays. */
async function makeDirectories(catalog: SharePort, path: SharePath): Promise<void> {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    await catalog.createDirectory(parts.slice(0, depth).join('/'), { metadata: {} });
  }
}

export const writeReport = (catalog: SharePort, owner: ManifestOwner, report: RunReport): Promise<void> =>
  writeCatalogFile(catalog, reportPath(owner, report.runId), `${JSON.stringify(report)}\n`);

/** The text of a file of the catalog, of at most 4 MiB; undefined when it is not there. */
export async function readCatalogFile(catalog: SharePort, path: SharePath): Promise<string | undefined> {
  try {
    const held = await catalog.getFile(path, {});
    if (held === undefined) return undefined;
    const range = { start: 0, end: held.sizeBytes };
    const bytes = held.sizeBytes === 0 ? new Uint8Array() : await catalog.getBytes(path, { range });
    return bytes && Buffer.from(bytes).toString('utf8');
  } catch (error) {
    if (asFarshareError(error).code !== 'ShareNotFound') throw error;
    return undefined;
  }
}

export interface ManifestFile {
  readonly path: SharePath;
  readonly runId: string;
  readonly sizeBytes: number;
}

const manifestFile = (owner: ManifestOwner, entry: Entry): ManifestFile => ({
  path: joinPath(manifestsOf(owner), entry.name),
  runId: entry.name.split('.', 1)[0] ?? '',
  sizeBytes: entry.kind === 'file' ? entry.sizeBytes : 0,
});

/** Files of the manifests of a job at a destination, each with the run that it is of; none where there is no catalog. */
export async function* listManifests(catalog: SharePort, owner: ManifestOwner): AsyncIterable<ManifestFile> {
  try {
    for (let marker = ''; ;) {
      const page = await catalog.list(manifestsOf(owner), marker === '' ? {} : { marker });
      for (const entry of page?.entries ?? []) yield manifestFile(owner, entry);
      if (page === undefined || page.nextMarker === '' || page.nextMarker === marker) return;
      marker = page.nextMarker;
    }
  } catch (error) {
    if (asFarshareError(error).code !== 'ShareNotFound') throw error;
  }
}
