/** One change of a share each, with the tree it needs, made past the wire as an SMB client would make it. */
import type { Scene } from './engine-fixture.ts';
import type { TreeLiteral } from './engine-tree.ts';

export interface Change {
  readonly name: string;
  readonly make: (scene: Scene) => void;
  /** What the next run is to count, where all switches agree. */
  readonly counts?: Readonly<Record<string, number>>;
}

const old = '2012-03-04T05:06:07.8901234Z';
const denying = 'O:SYG:SYD:(D;;FA;;;WD)(A;;FA;;;BA)';

/** Files are old, so that only what a change moves is new. */
export const changingTree: TreeLiteral = {
  'docs/': { metadata: { team: 'one' } },
  'docs/file.txt': {
    content: 'content',
    headers: { contentType: 'text/plain', cacheControl: 'no-cache' },
    metadata: { kept: 'yes' },
    creationTime: old,
    lastWriteTime: old,
    changeTime: old,
  },
  'docs/other.txt': 'other',
  'docs/deep/er/leaf.txt': 'leaf',
  'Mixed Case/Inner.txt': 'inner',
  'Mixed Case/more/x.txt': 'x',
  'still.txt': 'still',
};

const file = 'docs/file.txt';
const headersOf = (scene: Scene, path: string) => scene.store.files.getProperties(scene.source.at(path)).headers;
const setFile = (scene: Scene, change: Record<string, string | number>) =>
  void scene.store.files.setProperties(scene.source.at(file), { headers: headersOf(scene, file), ...change });

export const changes: readonly Change[] = [
  {
    name: 'content of the same size with all times preserved but ChangeTime',
    make: ({ store, source }) =>
      void store.files.putRange(source.at(file), 0, new Uint8Array(Buffer.from('CONTENT')), {
        lastWriteTime: 'preserve',
      }),
    counts: { copied: 1, unchanged: 5 },
  },
  {
    name: 'content of the same size with all times put back',
    make: (scene) => {
      const { store, source } = scene;
      const { lastWriteTime, changeTime } = store.files.getProperties(source.at(file));
      store.files.putRange(source.at(file), 0, new Uint8Array(Buffer.from('CONTENT')));
      setFile(scene, { lastWriteTime, changeTime });
    },
    counts: { copied: 1, unchanged: 5 },
  },
  {
    name: 'content of the same size with all times put back, and attributes',
    make: (scene) => {
      const { store, source } = scene;
      const { lastWriteTime, changeTime } = store.files.getProperties(source.at(file));
      store.files.putRange(source.at(file), 0, new Uint8Array(Buffer.from('CONTENT')));
      setFile(scene, { lastWriteTime, changeTime, attributes: 'Hidden' });
    },
    counts: { copied: 1, unchanged: 5 },
  },
  {
    // A difference that followed the renamed file would say that nothing of it has changed.
    name: 'another file under the name, of the same size and LastWriteTime',
    make: ({ store, source }) => {
      const to = source.at('docs/other.txt');
      const { lastWriteTime } = store.files.getProperties(to);
      store.files.rename(source.at('still.txt'), to, { replaceIfExists: true, lastWriteTime });
    },
    counts: { files: 5, copied: 1, deleted: 1, unchanged: 4 },
  },
  {
    name: 'content of the same size',
    make: ({ store, source }) => void store.files.putRange(source.at(file), 0, new Uint8Array(Buffer.from('CONTENT'))),
    counts: { copied: 1, unchanged: 5 },
  },
  {
    name: 'metadata of a file',
    make: ({ store, source }) => void store.files.setMetadata(source.at(file), { kept: 'no', added: 'now' }),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  {
    name: 'removal of all metadata of a file',
    make: ({ store, source }) => void store.files.setMetadata(source.at(file), {}),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  {
    name: 'HTTP headers of a file',
    make: (scene) =>
      void scene.store.files.setProperties(scene.source.at(file), {
        headers: { contentLanguage: 'fr', contentType: 'text/html' },
      }),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  {
    name: 'HTTP headers of a file while ChangeTime is sent as it was',
    make: (scene) =>
      void scene.store.files.setProperties(scene.source.at(file), {
        changeTime: 'preserve',
        headers: { contentLanguage: 'fr' },
      }),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  {
    name: 'attributes of a file',
    make: (scene) => setFile(scene, { attributes: 'Hidden|ReadOnly' }),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  {
    name: 'permission of a file',
    make: (scene) => setFile(scene, { permission: denying }),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  {
    name: 'LastWriteTime set backwards',
    make: (scene) => setFile(scene, { lastWriteTime: '2001-01-01T00:00:00.0000001Z' }),
  },
  {
    name: 'CreationTime of a file',
    make: (scene) => setFile(scene, { creationTime: '2001-01-01T00:00:00.0000001Z' }),
    counts: { copied: 0, propertiesSet: 1, unchanged: 5 },
  },
  { name: 'a larger size', make: (scene) => setFile(scene, { sizeBytes: 100 }), counts: { copied: 1, unchanged: 5 } },
  { name: 'a size of 0', make: (scene) => setFile(scene, { sizeBytes: 0 }), counts: { copied: 1, unchanged: 5 } },
  {
    name: 'a new file',
    make: ({ source }) => source.write({ 'docs/deep/new.txt': 'new' }),
    counts: { files: 7, copied: 1, unchanged: 6 },
  },
  {
    name: 'a new directory with a file',
    make: ({ source }) => source.write({ 'docs/fresh/new.txt': 'new', 'docs/fresh/empty/': { sddl: denying } }),
    counts: { copied: 1, directoriesMade: 2, unchanged: 6 },
  },
  {
    name: 'a deleted file',
    make: ({ store, source }) => store.files.delete(source.at(file)),
    counts: { files: 5, deleted: 1, unchanged: 5 },
  },
  {
    name: 'a deleted directory',
    make: ({ store, source }) => {
      store.files.delete(source.at('docs/deep/er/leaf.txt'));
      store.directories.delete(source.at('docs/deep/er'));
      store.directories.delete(source.at('docs/deep'));
    },
    counts: { files: 5, deleted: 3, unchanged: 5 },
  },
  {
    name: 'a file that became a directory',
    make: ({ store, source }) => {
      store.files.delete(source.at(file));
      source.write({
        'docs/file.txt/now/beneath.txt': 'beneath',
        'docs/file.txt/': { metadata: { now: 'directory' } },
      });
    },
    counts: { deleted: 1, copied: 1, directoriesMade: 2, unchanged: 5 },
  },
  {
    name: 'a directory that became a file',
    make: ({ store, source }) => {
      store.files.delete(source.at('docs/deep/er/leaf.txt'));
      store.directories.delete(source.at('docs/deep/er'));
      source.write({ 'docs/deep/er': 'a file now' });
    },
    counts: { deleted: 2, copied: 1, unchanged: 5 },
  },
  {
    name: 'a name in other case of a file',
    make: ({ store, source }) => void store.files.rename(source.at(file), source.at('docs/FILE.txt')),
    counts: { deleted: 0, files: 6 },
  },
  {
    name: 'a name in other case of a directory',
    make: ({ store, source }) => void store.directories.rename(source.at('Mixed Case'), source.at('MIXED case')),
    counts: { deleted: 0, directoriesMade: 0, copied: 0, unchanged: 6 },
  },
  {
    name: 'another name of a file',
    make: ({ store, source }) => void store.files.rename(source.at(file), source.at('docs/renamed.txt')),
    counts: { deleted: 1, copied: 1, unchanged: 5 },
  },
  {
    name: 'metadata of a directory',
    make: ({ store, source }) => void store.directories.setMetadata(source.at('docs'), { team: 'two' }),
    counts: { copied: 0, unchanged: 6 },
  },
  {
    name: 'attributes of a directory',
    make: ({ store, source }) => void store.directories.setProperties(source.at('docs/deep'), { attributes: 'Hidden' }),
    counts: { copied: 0, unchanged: 6 },
  },
  {
    name: 'permission of a directory',
    make: ({ store, source }) => void store.directories.setProperties(source.at('docs/deep'), { permission: denying }),
    counts: { copied: 0, unchanged: 6 },
  },
  {
    name: 'times of a directory',
    make: ({ store, source }) =>
      void store.directories.setProperties(source.at('docs/deep'), {
        creationTime: old,
        lastWriteTime: old,
        changeTime: old,
      }),
    counts: { copied: 0, unchanged: 6 },
  },
  {
    name: 'metadata and permission of the root',
    make: ({ store, source }) => {
      store.directories.setMetadata(source.at(''), { root: 'new' });
      store.directories.setProperties(source.at(''), { permission: denying, lastWriteTime: old });
    },
    counts: { copied: 0, unchanged: 6 },
  },
  {
    name: 'a file in a directory whose own times were put back',
    make: ({ store, source }) => {
      const { lastWriteTime, changeTime } = store.directories.getProperties(source.at('docs/deep'));
      source.write({ 'docs/deep/er/leaf.txt': 'LEAF!', 'docs/deep/new.txt': 'new' });
      store.directories.setProperties(source.at('docs/deep'), { lastWriteTime, changeTime });
    },
    counts: { copied: 2, unchanged: 5 },
  },
];
