import { FileSystemAttributes, type ShareDirectoryClient, type ShareFileClient } from '@azure/storage-file-share';
import { codeOf, moment, type Fact, type World, yes } from './fact.ts';

const directoryOf = async ({ share }: World, name: string): Promise<ShareDirectoryClient> => {
  const directory = share.getDirectoryClient(name);
  await directory.createIfNotExists();
  return directory;
};

const fileOf = async (world: World, name: string, size = 512): Promise<ShareFileClient> => {
  const file = (await directoryOf(world, name)).getFileClient('file.bin');
  await file.create(size);
  return file;
};

/** Whether a time of a file is another one after the work. */
async function moves(
  file: ShareFileClient | ShareDirectoryClient,
  time: 'fileLastWriteOn' | 'fileChangeOn',
  work: () => Promise<unknown>,
): Promise<string> {
  const before = await file.getProperties();
  await moment();
  await work();
  const after = await file.getProperties();
  return yes(before[time]?.getTime() !== after[time]?.getTime());
}

const times: readonly Fact[] = [
  {
    name: 'childChangeMovesDirectoryTimes',
    means: 'making a child moves LastWriteTime of its directory',
    believed: 'true',
    ask: async (world) => {
      const directory = await directoryOf(world, 'child-change');
      return moves(directory, 'fileLastWriteOn', () => directory.getFileClient('child').create(0));
    },
  },
  {
    name: 'setMetadataMovesChangeTime',
    means: 'Set Metadata moves ChangeTime',
    believed: 'true',
    ask: async (world) => {
      const file = await fileOf(world, 'metadata-change');
      return moves(file, 'fileChangeOn', () => file.setMetadata({ one: '1' }));
    },
  },
  {
    name: 'changeTimeIsSettable',
    means: 'a ChangeTime sent is kept as sent',
    believed: 'true',
    ask: async (world) => {
      const file = await fileOf(world, 'change-time');
      const changeTime = new Date('2020-02-02T02:02:02.222Z');
      await file.setProperties({ changeTime });
      return yes((await file.getProperties()).fileChangeOn?.getTime() === changeTime.getTime());
    },
  },
  {
    name: 'readMovesLastAccessTime',
    means: 'reading content moves LastAccessTime',
    believed: 'false',
    ask: async (world) => {
      const file = await fileOf(world, 'last-access');
      const accessed = async () => {
        const listing = (await directoryOf(world, 'last-access')).listFilesAndDirectories({ includeTimestamps: true });
        const first = await listing.next();
        return first.done === true ? undefined : first.value.properties?.lastAccessTime?.getTime();
      };
      const before = await accessed();
      await moment();
      await file.downloadToBuffer();
      return yes((await accessed()) !== before);
    },
  },
  {
    name: 'resizeMovesLastWriteTime',
    means: 'Set Properties with another size moves LastWriteTime',
    believed: 'false',
    ask: async (world) => {
      const file = await fileOf(world, 'resize');
      return moves(file, 'fileLastWriteOn', () => file.resize(1024));
    },
  },
  {
    name: 'renameMovesChangeTime',
    means: 'a rename moves ChangeTime',
    believed: 'true',
    ask: async (world) => {
      const file = await fileOf(world, 'rename');
      const before = await file.getProperties();
      await moment();
      await file.rename('rename/renamed.bin');
      const after = await world.share.rootDirectoryClient.getFileClient('rename/renamed.bin').getProperties();
      return yes(before.fileChangeOn?.getTime() !== after.fileChangeOn?.getTime());
    },
  },
  {
    name: 'writeSetsArchive',
    means: 'writing content sets the attribute Archive',
    believed: 'false',
    ask: async (world) => {
      const file = (await directoryOf(world, 'archive')).getFileClient('file.bin');
      await file.create(512, { fileAttributes: FileSystemAttributes.parse('None') });
      await file.uploadRange('x', 0, 1);
      return yes((await file.getProperties()).fileAttributes?.includes('Archive') === true);
    },
  },
];

const kinds: readonly Fact[] = [
  {
    name: 'otherKindIsNotFound',
    means: 'a file operation on a directory answers 404',
    believed: 'false',
    ask: async (world) => {
      await directoryOf(world, 'kind');
      return yes(
        (await codeOf(world.share.rootDirectoryClient.getFileClient('kind').getProperties())) === 'ResourceNotFound',
      );
    },
  },
  {
    name: 'directoryOverFileIsMismatch',
    means: 'Create Directory where a file is answers ResourceTypeMismatch',
    believed: 'false',
    ask: async (world) => {
      await fileOf(world, 'over-file');
      const over = world.share.getDirectoryClient('over-file/file.bin');
      return yes((await codeOf(over.create())) === 'ResourceTypeMismatch');
    },
  },
  {
    name: 'overwriteIsNewGeneration',
    means: 'Create File over a file makes later diffs answer FileGenerationMismatch',
    believed: 'true',
    ask: async (world) => {
      const file = await fileOf(world, 'generation');
      const { snapshot = '' } = await world.share.createSnapshot();
      await file.create(512);
      return yes((await codeOf(file.getRangeListDiff(snapshot))) === 'FileGenerationMismatch');
    },
  },
  {
    name: 'rootIsCreatedLate',
    means: 'Set Properties of the root answers 404 until its properties were read once',
    believed: 'false',
    ask: async ({ source }) => {
      const fresh = await source.newShare();
      return yes(
        (await codeOf(fresh.rootDirectoryClient.setProperties({ lastWriteTime: new Date() }))) === 'ResourceNotFound',
      );
    },
  },
  {
    name: 'newSemanticsDropInherited',
    means: 'property semantics New (the default) drop AI from an SDDL',
    believed: 'false',
    ask: async (world) => {
      const file = (await directoryOf(world, 'semantics')).getFileClient('file.bin');
      const filePermission = 'O:BAG:BAD:AI(A;;FA;;;BA)(A;ID;FA;;;SY)';
      const { filePermissionKey = '' } = await file.create(0, { filePermission });
      const { permission } = await world.share.getPermission(filePermissionKey);
      return yes(!permission.includes('AI('));
    },
  },
];

/** Names that the three collations order differently: `_` lies between upper and lower case letters. */
const telling = ['B', '_', 'a', 'É', 'z'];

const listing: Fact = {
  name: 'listingOrder',
  means: 'the collation of listings',
  believed: 'upper',
  ask: async (world) => {
    const directory = await directoryOf(world, 'order');
    for (const name of telling) await directory.getFileClient(name).create(0);
    const seen: string[] = [];
    for await (const { name } of directory.listFilesAndDirectories()) seen.push(name);
    const by = (key: (name: string) => string) =>
      telling.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).join('') === seen.join('');
    if (by((name) => name.toUpperCase())) return 'upper';
    if (by((name) => name.toLowerCase())) return 'lower';
    return by((name) => name) ? 'ordinal' : `other: ${seen.join(' ')}`;
  },
};

export const entryFacts: readonly Fact[] = [...times, ...kinds, listing];
