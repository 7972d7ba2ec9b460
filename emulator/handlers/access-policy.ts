import type { Store } from '../store/index.ts';
import type { AccessPolicy } from '../wire/sas.ts';
import type { Target } from '../wire/target.ts';

/** A look-up of the stored access policies of the target's share, for SAS that name one. */
export function accessPolicyOf(store: Store, target: Target): (identifier: string) => AccessPolicy | undefined {
  return (identifier) => {
    try {
      const { policies } = store.shares.getAccessPolicies({ account: target.account, share: target.share });
      return policies.find((policy) => policy.id === identifier);
    } catch {
      return undefined;
    }
  };
}
