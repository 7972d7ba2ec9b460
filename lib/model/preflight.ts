/** What `farshare check` finds, and the facts that it judges by. */

export interface Finding {
  /** An error stops runs or leaves a backup that is none; a warning is a risk; info is worth knowing. */
  readonly severity: 'error' | 'warning' | 'info';
  /** `RegionsNotApart`: the same for every finding of its kind. */
  readonly code: string;
  /** What is so, and why it matters. Holds no secret. */
  readonly message: string;
  /** What mends it: a command where there is one. */
  readonly fix: string;
}

/** How an account is signed in to. Holds no secret. */
export type AccessFacts =
  | { readonly kind: 'entra'; readonly endpoint: string }
  | { readonly kind: 'key'; readonly endpoint: string }
  | { readonly kind: 'sas'; readonly endpoint: string; readonly sas: SasFacts };

/** What an account SAS says of itself; letters as in its parameters, times epoch ms, `undefined` where absent or unreadable. */
export interface SasFacts {
  readonly services: string;
  readonly resourceTypes: string;
  readonly permissions: string;
  readonly startsAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly httpsOnly: boolean;
  /** Its address range; `''`: any. */
  readonly addresses: string;
}

/** What Azure Resource Manager says of a storage account and its file service. */
export interface AccountSettings {
  readonly resourceId: string;
  /** Region names as Azure writes them: `westeurope`. */
  readonly location: string;
  readonly secondaryLocation: string | undefined;
  /** `Standard_ZRS`. */
  readonly sku: string;
  readonly kind: string;
  readonly isAvailable: boolean;
  readonly allowsSharedKey: boolean;
  readonly minimumTls: string;
  /** `AAD`, `PrivateLink`; undefined: copies from anywhere. */
  readonly copyScope: string | undefined;
  readonly publicNetwork: 'Enabled' | 'Disabled' | 'SecuredByPerimeter';
  readonly deniesByDefault: boolean;
  readonly privateEndpoints: number;
  /** Days for which a deleted share can be restored; 0: not at all; undefined: it may not be read. */
  readonly softDeleteDays: number | undefined;
  readonly tenantId: string | undefined;
  /** What the signed-in identity may do on it, as Azure tells it; undefined: it may not ask. */
  readonly permissions: readonly Permission[] | undefined;
}

/** An entry of what an identity may do: what is in the first list and not in the second. May hold `*`. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

/** Why nothing is known of an account's settings. */
export interface SettingsUnknown {
  readonly unknown: 'no-resource-id' | 'refused' | 'not-found' | 'no-answer';
  readonly detail: string;
}

/** What a share answered when it was asked as a run would ask. */
export interface ShareFacts {
  readonly account: string;
  readonly share: string;
  readonly role: 'source' | 'destination';
  /** `missing`: the account answers, the share does not exist. */
  readonly state: 'there' | 'missing' | 'refused' | 'unreachable';
  /** The request that was refused, its code and the service's words; `''` where none was. */
  readonly operation: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly protocol: string;
  /** The directory that the job names in it; `''`: the whole share. */
  readonly path: string;
  readonly hasPath: boolean;
  readonly quotaGib: number;
  /** Undefined: not told. */
  readonly usedBytes: number | undefined;
  readonly snapshots: number;
  /** Of those, the ones that this job’s rules do not count. */
  readonly foreignSnapshots: number;
  /** The highest format of a restore point there. */
  readonly pointFormat: number;
  /** The service's clock less ours, ms; undefined: not asked. */
  readonly skewMs: number | undefined;
}
