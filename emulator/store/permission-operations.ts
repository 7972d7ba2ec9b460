import type { State } from './state.ts';
import type { PermissionOperations } from './store-shares.ts';

export function permissionOperations(state: State): PermissionOperations {
  return {
    create: (ref, permission) => ({ permissionKey: state.openForWriting(ref).permissions.keyFor(permission) }),
    get: (ref, permissionKey) => ({
      permission: state.openForWriting(ref).permissions.permissionOf(permissionKey),
    }),
  };
}
