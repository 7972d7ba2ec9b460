import { binaryOfSddl, sddlOfBinary } from './security-descriptor.ts';
import { StoreError } from './errors.ts';
import type { PermissionFormat } from './store.ts';

/** What a share's root starts with; entries inherit it. */
const DEFAULT_PERMISSION =
  'O:SYG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;AU)(A;OICI;0x1200a9;;;BU)(A;OICIIO;FA;;;CO)';

const LARGEST_IN_HEADER = 8 * 1024;
/** An SDDL begins with owner, group, DACL or SACL; more is not checked. */
const SDDL = /^[OGDS]:/;

/** The permissions of one share and their keys. Keys look like the service's and mean nothing in another share. */
export class PermissionTable {
  readonly defaultKey: string;
  private readonly keys = new Map<string, string>();
  private readonly permissions = new Map<string, string>();
  private readonly shareNumber: number;

  /** `shareNumber` differs for every share ever made in the store. */
  constructor(shareNumber: number) {
    this.shareNumber = shareNumber;
    this.defaultKey = this.keyFor(DEFAULT_PERMISSION);
  }

  /** All there is to know; the keys follow from it. */
  toData(): { readonly shareNumber: number; readonly permissions: readonly string[] } {
    return { shareNumber: this.shareNumber, permissions: [...this.keys.keys()] };
  }

  static fromData(data: ReturnType<PermissionTable['toData']>): PermissionTable {
    const table = new PermissionTable(data.shareNumber);
    data.permissions.forEach((permission) => table.keyFor(permission));
    return table;
  }

  /** The key of a permission, made when new; both formats of one have the same. @throws FileInvalidPermission */
  keyFor(sent: string, format: PermissionFormat = 'sddl'): string {
    const permission = format === 'binary' ? sddlOfBinary(decoded(sent)) : sent;
    if (!SDDL.test(permission)) {
      throw new StoreError('FileInvalidPermission');
    }
    let key = this.keys.get(permission);
    if (key === undefined) {
      key = `${spread(this.shareNumber)}*${spread(this.shareNumber * 1_000_003 + this.keys.size + 1)}`;
      this.keys.set(permission, key);
      this.permissions.set(key, permission);
    }
    return key;
  }

  /** As `keyFor`, for a permission sent in a header, which has a limit. */
  keyForHeader(permission: string, format?: PermissionFormat): string {
    if (permission.length > LARGEST_IN_HEADER) {
      throw new StoreError('FileInvalidPermission', 'Over 8 KiB: create the permission first and send its key.');
    }
    return this.keyFor(permission, format);
  }

  /** @throws FileInvalidPermissionKey */
  permissionOf(key: string, format: PermissionFormat = 'sddl'): string {
    const permission = this.permissions.get(key);
    if (permission === undefined) {
      throw new StoreError('FileInvalidPermissionKey');
    }
    return format === 'binary' ? binaryOfSddl(permission).toString('base64') : permission;
  }
}

function decoded(base64: string): Buffer {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new StoreError('FileInvalidPermission');
  }
  return Buffer.from(base64, 'base64');
}

/** Nineteen digits that differ for different numbers (multiplication by an odd constant modulo 2^63). */
function spread(number: number): string {
  return String(BigInt.asUintN(63, BigInt(number) * 0x5851f42d4c957f2dn + 0x14057b7ef767814fn));
}
