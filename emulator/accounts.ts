/** A storage account of the emulator. */
export type Account = { name: string; /** Base64. */ key: string };

/** The key Azurite publishes; it guards nothing. */
export const DEFAULT_ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const DEFAULT_ACCOUNTS: readonly Account[] = [
  { name: 'devstoreaccount1', key: DEFAULT_ACCOUNT_KEY },
  { name: 'devstoreaccount2', key: DEFAULT_ACCOUNT_KEY },
];

/** Parses `name:base64key;name2:base64key2`. @throws Error saying which part is wrong, without the key */
export function parseAccounts(text: string): Account[] {
  const accounts = text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [name = '', key = ''] = part.trim().split(':');
      return checkAccount({ name, key });
    });
  if (accounts.length === 0) throw new Error('accounts: at least one name:base64key is wanted.');
  return accounts;
}

/** Names as the service allows them, keys in base64. */
export function checkAccount({ name, key }: Account): Account {
  if (!/^[a-z0-9]{3,24}$/.test(name)) {
    throw new Error(`accounts: '${name}' is no account name (3 to 24 lower-case letters and digits).`);
  }
  if (!/^[A-Za-z0-9+/]{4,}={0,2}$/.test(key)) throw new Error(`accounts: the key of '${name}' is not base64.`);
  return { name, key };
}
