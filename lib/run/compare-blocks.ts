/** The CRC-64s of large files' blocks against the live destination, and against what manifests say was copied: both ways. */
import {
  type CatalogFinding,
  type DestinationConfig,
  type FileProperties,
  type JobConfig,
  joinPath,
  type ManifestChange,
  manifestChangeSchema,
  type SharePath,
} from '../model/index.ts';
import { foldName, hashOfName, inlineLimitBytes } from '../plan/index.ts';
import { blocksOf, blocksPath, keepsCrcs } from './block-crcs.ts';
import type { RunContext } from './context.ts';
import { surelyShortPath } from './copy-file.ts';
import { fileAt } from './entry-steps.ts';
import { listManifests, type ManifestFile, readCatalogFile } from './manifest.ts';
import { readMarks } from './marks.ts';
import { pagesOf } from './point-places.ts';
import type { ShareProperties, SharePort } from './ports.ts';

interface Place {
  readonly job: JobConfig;
  readonly destination: DestinationConfig;
  readonly catalog: SharePort;
  readonly repair: boolean;
  /** The destination, and what it says of itself. */
  readonly port: SharePort;
  readonly share: ShareProperties;
}

type Version = Pick<FileProperties, 'sizeBytes'> & { readonly lastWrite: string };

/** While somebody writes to the destination, or after a run that failed, CRCs of files under way are of no version: nothing is said. */
export async function compareBlocks(context: RunContext, place: Place): Promise<readonly CatalogFinding[]> {
  const { share, destination } = place;
  if (readMarks(share.metadata, destination.path).state !== 'clean') return [];
  return [...(await leftBehind(place)), ...(await lacking(context, place))];
}

/** From the catalog to the files: CRCs of what is not there any more, or there as another version. */
async function leftBehind(place: Place): Promise<readonly CatalogFinding[]> {
  const { catalog, repair } = place;
  const findings: CatalogFinding[] = [];
  const root = blocksOf(place);
  for await (const folders of filesOf(catalog, root)) {
    for (const folder of folders) {
      for await (const entries of filesOf(catalog, joinPath(root, folder.name))) {
        for (const { name } of entries) {
          const at = joinPath(joinPath(root, folder.name), name);
          const found = await findingOf(place, await catalog.getFile(at, {}));
          if (found === undefined) continue;
          if (repair) await catalog.deleteFile(at);
          findings.push({ ...found, repaired: repair });
        }
      }
    }
  }
  return findings;
}

async function* filesOf(catalog: SharePort, path: SharePath): AsyncIterable<readonly { readonly name: string }[]> {
  if ((await catalog.getShare()) !== undefined) yield* pagesOf(catalog, path, undefined);
}

async function findingOf(place: Place, held: FileProperties | undefined): Promise<CatalogFinding | undefined> {
  const encoded = held?.metadata['farshare_path'];
  if (held === undefined || encoded === undefined) return undefined;
  const path = decodeURIComponent(encoded);
  const file = keepsCrcs(place) ? await liveFile(place, path) : undefined;
  if (file === undefined)
    return blocksFinding(
      place,
      'BlocksOrphaned',
      `CRC-64s of ${path} are kept, which is no large file of the destination.`,
    );
  if (isVersion(file, versionIn(held))) return undefined;
  return blocksFinding(place, 'BlocksDiffer', `The CRC-64s kept of ${path} are of another version of it.`);
}

/** Properties alone may have been set since: size and LastWriteTime are what content goes by. */
function versionIn({ metadata }: FileProperties): Version | undefined {
  const [size, lastWrite] = (metadata['farshare_version'] ?? '').split(' ');
  return lastWrite === undefined ? undefined : { sizeBytes: Number(size), lastWrite };
}

const isVersion = ({ sizeBytes, times }: FileProperties, version: Version | undefined): boolean =>
  version?.sizeBytes === sizeBytes && version.lastWrite === times.lastWrite;

async function liveFile({ port, destination }: Place, path: SharePath): Promise<FileProperties | undefined> {
  const file = await fileAt(port, joinPath(destination.path, path));
  return file !== undefined && file.sizeBytes > inlineLimitBytes ? file : undefined;
}

/** From the files to the catalog: large ones that a manifest says were copied as they are now, and that no CRCs are kept of. */
async function lacking(context: RunContext, place: Place): Promise<readonly CatalogFinding[]> {
  if (!keepsCrcs(place) || place.job.copyMethod === 'copy-file') return [];
  const parts: ManifestFile[] = [];
  for await (const file of listManifests(place.catalog, place)) {
    if (file.path.includes(`/${file.runId}.changes-`)) parts.push(file);
  }
  const text = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const passes = Math.max(1, Math.ceil(text / context.margins.manifestBytesHeld));
  const findings: CatalogFinding[] = [];
  for (let index = 0; index < passes; index += 1) {
    const isOfPass = (path: SharePath): boolean => hashOfName(foldName(path)) % passes === index;
    for (const [path, version] of await largeCopies(place, parts, isOfPass)) {
      const file = await liveFile(place, path);
      if (file === undefined || !isVersion(file, version)) continue;
      const held = await place.catalog.getFile(blocksPath(place, path), {});
      if (held !== undefined && isVersion(file, versionIn(held))) continue;
      findings.push(
        blocksFinding(
          place,
          'BlocksMissing',
          `No CRC-64s are kept of ${path}: its next change is copied on the word of the service.`,
        ),
      );
    }
  }
  return findings;
}

/** The newest version of each that a manifest tells of, of the paths of one pass. */
async function largeCopies(
  { catalog }: Place,
  parts: readonly ManifestFile[],
  isOfPass: (path: SharePath) => boolean,
): Promise<ReadonlyMap<SharePath, Version>> {
  const copies = new Map<SharePath, Version>();
  // Names begin with runs' ids, which ascend with time.
  for (const { path } of parts.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    for (const line of (await readCatalogFile(catalog, path))?.split('\n') ?? []) {
      const change = line === '' ? undefined : parseChange(line);
      if (change === undefined || !isOfPass(change.path)) continue;
      if (isLargeCopy(change)) copies.set(change.path, change);
      else if (change.kind === 'deleted') copies.delete(change.path);
    }
  }
  return copies;
}

/** Names that may be too long for a copy source URL are streamed: no service tells CRCs of them. */
const isLargeCopy = (change: ManifestChange): change is Extract<ManifestChange, { sizeBytes: number }> =>
  (change.kind === 'copied' || change.kind === 'rangeCopied') &&
  change.sizeBytes > inlineLimitBytes &&
  encodeURIComponent(change.path).length < surelyShortPath;

/** One that cannot be understood is told of as a manifest that differs. */
function parseChange(line: string): ManifestChange | undefined {
  try {
    return manifestChangeSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

const blocksFinding = ({ destination }: Place, code: CatalogFinding['code'], message: string): CatalogFinding => ({
  ...{ destination: destination.name, runId: '', code, message, repaired: false },
});
