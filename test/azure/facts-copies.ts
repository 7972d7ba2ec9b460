import { codeOf, type Fact, moment, type World, yes } from './fact.ts';
import { fileUrl } from './target.ts';

/** A file of the source and a URL by which the other account's service reads it. */
async function sourceFile(
  { source, share }: World,
  name: string,
  content: string,
  filePermission?: string,
): Promise<string> {
  const file = share.rootDirectoryClient.getFileClient(name);
  await file.create(content.length, filePermission === undefined ? {} : { filePermission });
  await file.uploadRange(content, 0, content.length);
  return fileUrl(await source.readableUrl(share), name);
}

export const copyFacts: readonly Fact[] = [
  {
    name: 'crossAccountCopyPendingMs',
    means: 'how long Copy File of a small file across accounts stays pending',
    ask: async (world) => {
      const url = await sourceFile(world, 'copied.txt', 'content');
      const file = world.otherShare.rootDirectoryClient.getFileClient('copied.txt');
      const begun = performance.now();
      let { copyStatus } = await file.startCopyFromURL(url);
      while (copyStatus === 'pending' && performance.now() - begun < 120_000) {
        await moment(250);
        ({ copyStatus } = await file.getProperties());
      }
      const took = Math.round((performance.now() - begun) / 250) * 250;
      return copyStatus === 'success' ? (took < 1000 ? 'no second' : `${took} ms`) : `${copyStatus} after ${took} ms`;
    },
  },
  {
    name: 'permissionCopiesAcrossAccounts',
    means: 'permission-copy-mode source works across accounts',
    believed: 'true',
    ask: async (world) => {
      const url = await sourceFile(world, 'permitted.txt', 'content', 'O:BAG:BAD:(A;;FA;;;BA)');
      const file = world.otherShare.rootDirectoryClient.getFileClient('permitted.txt');
      const copyFileSmbInfo = { filePermissionCopyMode: 'source', ignoreReadOnly: true } as const;
      return yes((await codeOf(file.startCopyFromURL(url, { copyFileSmbInfo }))) === 'done');
    },
  },
  {
    name: 'crc64 proves a range',
    means: 'Put Range From URL under x-ms-source-if-none-match-crc64 moves nothing where it matches: 412',
    believed: '412',
    ask: async (world) => {
      const url = await sourceFile(world, 'proven.txt', 'x'.repeat(512));
      const file = world.otherShare.rootDirectoryClient.getFileClient('proven.txt');
      await file.create(512);
      const { _response: response } = await file.uploadRangeFromURL(url, 0, 0, 512);
      const crc64 = response.headers.get('x-ms-content-crc64');
      if (crc64 === undefined) return 'not asked: the service named no CRC64';
      const sourceConditions = { sourceIfNoneMatchCrc64: Buffer.from(crc64, 'base64') };
      try {
        await file.uploadRangeFromURL(url, 0, 0, 512, { sourceConditions });
        return 'moved';
      } catch (error) {
        return String((error as { readonly statusCode?: number }).statusCode);
      }
    },
  },
];
