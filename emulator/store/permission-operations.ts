import type { State } from './state.ts';
import type { PermissionOperations } from './store-shares.ts';

export function permissionOperations(state: State): PermissionOperations {
  return {
    create: (ref, permission, format) => ({
      permissionKey: state.openForWriting(ref).permissions.keyFor(permission, format),
    }),
    get: (ref, permissionKey, format) => ({
      permission: state.openForWriting(ref).permissions.permissionOf(permissionKey, format),
    }),
  };
}
