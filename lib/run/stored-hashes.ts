/** The SHA-256 that manifests hold of files: what they were is known when the source is gone. */
import { FarshareError } from '../errors.ts';
import { joinPath, type ManifestContent, manifestContentSchema, type RunRow, type SharePath } from '../model/index.ts';
import { foldName, hashOfName, type HashPass } from '../plan/index.ts';
import { listManifests, type ManifestFile, readCatalogFile } from './manifest.ts';
import type { SharePort } from './ports.ts';

/** What a file was, and the hashes of its content by the offset at which each begins. */
export interface StoredFile extends Pick<ManifestContent, 'path' | 'into' | 'sizeBytes' | 'lastWrite' | 'change'> {
  readonly pieces: Map<number, Pick<ManifestContent, 'start' | 'end' | 'sha256'>>;
}

/** The parts with hashes of the manifests of a job at a destination, those of the newest run first. */
async function listParts(catalog: SharePort, row: RunRow): Promise<readonly ManifestFile[]> {
  const parts: ManifestFile[] = [];
  for await (const file of listManifests(catalog, row)) {
    if (file.path.includes(`/${file.runId}.verified-`)) parts.push(file);
  }
  // Run ids of one job at one destination differ in their times, which sort as text does.
  return parts.toSorted((a, b) => (a.runId === b.runId ? compare(a.path, b.path) : compare(b.runId, a.runId)));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** In how many passes the hashes can be gone through without holding too many. */
export async function countPasses(catalog: SharePort, row: RunRow, heldBytes: number): Promise<number> {
  const parts = await listParts(catalog, row);
  return Math.max(1, Math.ceil(parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / heldBytes));
}

/** Where a restore point has a file: in dated mode under the directory of a date. */
const placeOf = ({ path, into = '' }: Pick<ManifestContent, 'path' | 'into'>): SharePath => joinPath(into, path);

/**
 * What is stored of the places of one pass: of each version of a file, whichever run looked at it, the newest hash of each piece.
 * Reads one part after the other. A manifest that was removed meanwhile is left out.
 */
export async function readStored(
  catalog: SharePort,
  row: RunRow,
  pass: HashPass,
): Promise<ReadonlyMap<string, readonly StoredFile[]>> {
  const files = new Map<string, StoredFile[]>();
  for (const { path } of await listParts(catalog, row)) {
    const text = await readCatalogFile(catalog, path);
    for (const line of text?.split('\n') ?? []) {
      const content = line === '' ? undefined : parseLine(path, line);
      if (content !== undefined && hashOfName(foldName(placeOf(content))) % pass.of === pass.index)
        keep(files, content);
    }
  }
  return files;
}

function keep(files: Map<string, StoredFile[]>, { start, end, sha256, ...of }: ManifestContent): void {
  const place = placeOf(of);
  const versions = files.get(place) ?? [];
  if (versions.length === 0) files.set(place, versions);
  const { sizeBytes, lastWrite, change } = of;
  let version = versions.find(
    (one) => one.sizeBytes === sizeBytes && one.lastWrite === lastWrite && one.change === change,
  );
  if (version === undefined) {
    version = { ...of, pieces: new Map() };
    versions.push(version);
  }
  if (!version.pieces.has(start)) version.pieces.set(start, { start, end, sha256 });
}

/** A manifest that cannot be understood must not pass for one without hashes. */
function parseLine(path: string, line: string): ManifestContent {
  try {
    const content = manifestContentSchema.parse(JSON.parse(line));
    if (content.end <= content.sizeBytes && content.start <= content.end) return content;
  } catch {
    // Told below: what a parser says may hold names.
  }
  throw new FarshareError('ManifestUnreadable', `The manifest ${path} is not as it was written.`, {
    disposition: 'run',
  });
}
