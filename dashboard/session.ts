/**
 * Who asks. The key lives in sessionStorage, for this tab until it is closed, and travels in a header: never in an address,
 * where history, logs and links would keep it. With Entra the browser's cookie of App Service authentication is enough.
 */

const storedAs = 'farshare.key';

export const sessionKey = (): string | null => sessionStorage.getItem(storedAs);

export function setSessionKey(key: string): void {
  sessionStorage.setItem(storedAs, key);
}

export function forgetSessionKey(): void {
  sessionStorage.removeItem(storedAs);
}

const here = (): string => encodeURIComponent(location.pathname);

export const entraSignIn = (): string => `/.auth/login/aad?post_login_redirect_uri=${here()}`;
export const entraSignOut = (): string => `/.auth/logout?post_logout_redirect_uri=${here()}`;

export interface Entra {
  /** Whether App Service authentication answers here at all. */
  readonly isThere: boolean;
  readonly user: string | undefined;
}

/** Asks App Service authentication who is signed in; an app without it has no such address. */
export async function askEntra(): Promise<Entra> {
  try {
    const response = await fetch('/.auth/me', { redirect: 'manual', cache: 'no-store' });
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    if (response.ok && isJson) {
      const [identity] = (await response.json()) as { user_id?: string }[];
      return { isThere: true, user: identity?.user_id };
    }
    return { isThere: response.status === 401 || response.type === 'opaqueredirect', user: undefined };
  } catch {
    return { isThere: false, user: undefined };
  }
}

/** Somebody opened the page with `?code=KEY`, as other function apps have it: out of the address at once. */
export function removeKeyFromAddress(): boolean {
  const address = new URL(location.href);
  if (!address.searchParams.has('code')) return false;
  address.searchParams.delete('code');
  history.replaceState(null, '', address);
  return true;
}
