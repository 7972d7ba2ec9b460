import { describe, expect, it } from 'vitest';
import { at, refusal, storeWithShare, writeFile } from './support.ts';

describe('directories', () => {
  it('have a root at the empty path whose properties can be set', () => {
    const { store } = storeWithShare();
    expect(store.directories.getProperties(at(''))).toMatchObject({
      name: '',
      fileId: '0',
      parentId: '0',
      attributes: 'Directory',
    });
    store.directories.setMetadata(at(''), { k: 'v' });
    const set = store.directories.setProperties(at(''), {
      attributes: 'Directory|Directory|Hidden',
      creationTime: '2020-01-01T00:00:00.0000001Z',
    });
    expect(set).toMatchObject({
      attributes: 'Hidden|Directory',
      metadata: { k: 'v' },
      creationTime: '2020-01-01T00:00:00.0000001Z',
    });
  });

  it('are deleted only when empty, not ReadOnly and not the root', () => {
    const { store } = storeWithShare();
    store.directories.create(at('d'));
    writeFile(store, 'd/f', 'x');
    expect(refusal(() => store.directories.delete(at('d')))).toBe('DirectoryNotEmpty');
    store.files.delete(at('d/f'));
    store.directories.setProperties(at('d'), { attributes: 'ReadOnly' });
    expect(refusal(() => store.directories.delete(at('d')))).toBe('ReadOnlyAttribute');
    store.directories.setProperties(at('d'), { attributes: 'None' });
    store.directories.delete(at('d'));
    expect(refusal(() => store.directories.getProperties(at('d')))).toBe('ResourceNotFound');
    expect(refusal(() => store.directories.delete(at('')))).toBe('CannotDeleteFileOrDirectory');
  });

  it.each([
    [false, 'ResourceTypeMismatch'],
    [true, 'ResourceNotFound'],
  ] as const)('and files are not taken for each other (switch %s: %s)', (otherKindIsNotFound, code) => {
    const { store } = storeWithShare({ otherKindIsNotFound });
    store.directories.create(at('d'));
    writeFile(store, 'f', 'x');
    expect(refusal(() => store.files.getProperties(at('d')))).toBe(code);
    expect(refusal(() => store.directories.list(at('f')))).toBe(code);
  });

  it('name the parent of an entry by id', () => {
    const { store } = storeWithShare();
    const directory = store.directories.create(at('d'));
    const file = store.files.create(at('d/f'), { sizeBytes: 0 });
    expect(file.parentId).toBe(directory.fileId);
    expect(directory.parentId).toBe('0');
  });
});

describe('permissions', () => {
  const sddl = 'O:SYG:SYD:(A;;FA;;;BA)';

  it('have one key per text and share, resolved on the live share only', () => {
    const { store } = storeWithShare();
    store.shares.create({ account: 'one', share: 'other' });
    const first = store.permissions.create(at(''), sddl).permissionKey;
    expect(first).toMatch(/^\d+\*\d+$/);
    expect(store.permissions.create(at(''), sddl).permissionKey).toBe(first);
    const elsewhere = { account: 'one', share: 'other' };
    expect(store.permissions.create(elsewhere, sddl).permissionKey).not.toBe(first);
    expect(store.permissions.get(at(''), first).permission).toBe(sddl);
    expect(refusal(() => store.permissions.get(elsewhere, first))).toBe('FileInvalidPermissionKey');
    const { snapshot } = store.snapshots.create(at(''));
    expect(refusal(() => store.permissions.get({ ...at(''), snapshot }, first))).toBe(
      'ShareSnapshotOperationNotSupported',
    );
  });

  it('over 8 KiB do not go in a header, only by key', () => {
    const { store } = storeWithShare();
    const long = `D:${'(A;;FA;;;BA)'.repeat(1000)}`;
    expect(refusal(() => store.directories.create(at('d'), { permission: long }))).toBe('FileInvalidPermission');
    const { permissionKey } = store.permissions.create(at(''), long);
    expect(store.directories.create(at('d'), { permissionKey }).permissionKey).toBe(permissionKey);
  });

  it('are taken from a text, a key or the directory', () => {
    const { store } = storeWithShare();
    const directory = store.directories.create(at('d'), { permission: sddl });
    const key = store.permissions.create(at(''), sddl).permissionKey;
    expect(directory.permissionKey).toBe(key);
    expect(store.files.create(at('d/f'), { sizeBytes: 0 }).permissionKey).toBe(key);
    expect(store.files.create(at('f'), { sizeBytes: 0, permissionKey: key }).permissionKey).toBe(key);
    const root = store.directories.getProperties(at('')).permissionKey;
    expect(store.files.setProperties(at('f'), { permission: 'inherit' }).permissionKey).toBe(root);
    expect(store.files.setProperties(at('f'), { permission: 'preserve' }).permissionKey).toBe(root);
    expect(root).not.toBe(key);
  });
});
