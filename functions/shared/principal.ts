/** Who App Service authentication says is asking. It puts the header on, and takes away one that a caller brought. */
import { FarshareError } from '../../lib/errors.ts';

/** App roles of the app's registration: to look, and to do (start, approve, restore, fetch files). */
export type Role = 'Farshare.Read' | 'Farshare.Operate';

interface Principal {
  readonly auth_typ?: unknown;
  readonly role_typ?: unknown;
  readonly claims?: unknown;
}

/** The roles of the one who is signed in; undefined for nobody, and for what is not a principal of Entra ID. */
export function rolesOf(header: string | null): ReadonlySet<string> | undefined {
  const principal = parsePrincipal(header);
  if (principal?.auth_typ !== 'aad' || !Array.isArray(principal.claims)) return undefined;
  const claims = principal.claims as readonly { readonly typ?: unknown; readonly val?: unknown }[];
  const isRole = (typ: unknown): boolean => typ === 'roles' || (typ !== undefined && typ === principal.role_typ);
  return new Set(claims.filter((claim) => isRole(claim?.typ)).map(({ val }) => String(val)));
}

function parsePrincipal(header: string | null): Principal | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header ?? '', 'base64').toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Throws `RoleMissing`. Who may do may look. */
export function requireRole(roles: ReadonlySet<string>, role: Role): void {
  if (roles.has(role) || roles.has('Farshare.Operate')) return;
  throw new FarshareError('RoleMissing', `This takes the app role ${role}, which you do not hold.`, {
    disposition: 'run',
  });
}

/** A browser sends the cookie of a signed-in person with the requests of other sites' pages too, and says that it does. */
export function refuseOtherSites(secFetchSite: string | null): void {
  if (secFetchSite === null || secFetchSite === 'same-origin' || secFetchSite === 'none') return;
  throw new FarshareError('CrossSite', 'A page of another site asked for this.', { disposition: 'run' });
}
