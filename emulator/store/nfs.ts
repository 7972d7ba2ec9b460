import { StoreError } from './errors.ts';
import type { NfsFileType, NfsInput, NfsProperties } from './store.ts';

/** The defaults of x-ms-mode for files and directories created over REST [M]. */
const DEFAULT_MODES: Readonly<Record<NfsFileType, string>> = { Regular: '0664', Directory: '0755', SymLink: '0777' };

/** POSIX properties of a new entry of an NFS share: root's, with the service's default mode. */
export function newNfs(fileType: NfsFileType): NfsProperties {
  return { owner: '0', group: '0', mode: DEFAULT_MODES[fileType], fileType, linkCount: 1 };
}

/** With what was sent; undefined stays undefined (SMB). @throws UnsupportedHeader on an SMB share, InvalidHeaderValue */
export function withNfs(nfs: NfsProperties | undefined, input: NfsInput): NfsProperties | undefined {
  const { owner, group, mode } = input;
  if (owner === undefined && group === undefined && mode === undefined) {
    return nfs;
  }
  if (nfs === undefined) {
    throw new StoreError('UnsupportedHeader', 'Owner, group and mode belong to NFS shares.');
  }
  return {
    ...nfs,
    owner: owner === undefined ? nfs.owner : checkedId(owner),
    group: group === undefined ? nfs.group : checkedId(group),
    mode: mode === undefined ? nfs.mode : octalMode(mode),
  };
}

/** A numeric user or group id of 32 bits. */
function checkedId(id: string): string {
  if (!/^\d{1,10}$/.test(id) || Number(id) > 0xffffffff) {
    throw new StoreError('InvalidHeaderValue', 'Owner and group are numbers of 32 bits.');
  }
  return id;
}

const SYMBOLIC = /^([r-])([w-])([xsS-])([r-])([w-])([xsS-])([r-])([w-])([xtT-])$/;

/** Four octal digits, from `0755`, `755` or `rwxr-xr-x`. @throws InvalidHeaderValue */
function octalMode(mode: string): string {
  if (/^[0-7]{3,4}$/.test(mode)) {
    return mode.padStart(4, '0');
  }
  const letters = SYMBOLIC.exec(mode)?.slice(1);
  if (letters === undefined) {
    throw new StoreError('InvalidHeaderValue', 'A mode is octal or symbolic.');
  }
  const special = [2, 5, 8].reduce((sum, at, index) => sum + (/[sStT]/.test(letters[at] ?? '') ? 4 >> index : 0), 0);
  const digits = [0, 3, 6].map((at) =>
    letters.slice(at, at + 3).reduce((sum, letter, index) => sum + (/[-ST]/.test(letter) ? 0 : 4 >> index), 0),
  );
  return `${special}${digits.join('')}`;
}
