/** Accounts as the adapters need them: secrets resolved, one kind each. These values never enter a log or a message. */
import { accountSchema, secretSchema, type AccountConfig, type SecretValue } from '../model/index.ts';
import type { ConfigProblem } from '../errors.ts';
import { formatPath, showValue, type FieldPath } from './show-value.ts';

export type AccountCredentials =
  | { readonly kind: 'connectionString'; readonly connectionString: string }
  /** `sas` has no leading `?`. */
  | { readonly kind: 'sas'; readonly fileEndpoint: string; readonly sas: string }
  | { readonly kind: 'entra'; readonly fileEndpoint: string };

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ResolvedAccount {
  readonly credentials: AccountCredentials | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** `account` is one member of `accounts`, as written. What the schema refuses is its business, not repeated here. */
export function resolveAccount(name: string, account: unknown, env: Environment): ResolvedAccount {
  const parsed = accountSchema.safeParse(account);
  if (!parsed.success) return { credentials: undefined, problems: secretProblems(name, account, env) };
  const problems: ConfigProblem[] = [];
  const credentials = chooseKind(parsed.data, { path: ['accounts', name], env, problems });
  return { credentials: problems.length === 0 ? credentials : undefined, problems };
}

interface Place {
  readonly path: FieldPath;
  readonly env: Environment;
  readonly problems: ConfigProblem[];
}

function chooseKind(account: AccountConfig, place: Place): AccountCredentials | undefined {
  const { fileEndpoint, sas, connectionString } = account;
  if (connectionString !== undefined) {
    for (const other of ['fileEndpoint', 'sas'] as const) {
      if (account[other] === undefined) continue;
      report(place, other, 'does not go with connectionString', 'Remove one of the two.', account[other]);
    }
    const text = resolveSecret(connectionString, 'connectionString', place);
    return text === undefined ? undefined : fromConnectionString(text, place);
  }
  if (fileEndpoint === undefined) {
    report(place, 'fileEndpoint', 'is required', 'Add "fileEndpoint", or "connectionString" alone.', undefined);
    if (sas !== undefined) resolveSecret(sas, 'sas', place);
    return undefined;
  }
  if (new URL(fileEndpoint).search !== '' || new URL(fileEndpoint).hash !== '') {
    const fix = 'Cut the address off before the "?"; a SAS belongs into "sas".';
    report(place, 'fileEndpoint', 'must not have a query', fix, fileEndpoint);
  }
  if (sas !== undefined) return fromSas(sas, fileEndpoint, place);
  if (!fileEndpoint.startsWith('https:')) {
    const fix = 'Use the https address, or add "sas" or "connectionString" (an emulator knows no Entra ID).';
    report(place, 'fileEndpoint', 'must be https where Entra ID signs in', fix, fileEndpoint);
  }
  return { kind: 'entra', fileEndpoint };
}

function fromSas(secret: SecretValue, fileEndpoint: string, place: Place): AccountCredentials | undefined {
  const text = resolveSecret(secret, 'sas', place);
  if (text === undefined) return undefined;
  const sas = text.replace(/^\?/u, '');
  const parameters = new URLSearchParams(sas);
  const missing = ['sv', 'ss', 'srt', 'sp', 'se', 'sig'].filter((name) => (parameters.get(name) ?? '') === '');
  if (missing.length > 0) {
    const fix = 'Give an account SAS (not one of a share), starting "sv=" or "?sv=", with ss, srt, sp, se and sig.';
    report(place, 'sas', `is no account SAS: ${missing.join(', ')} missing`, fix, text);
    return undefined;
  }
  return { kind: 'sas', fileEndpoint, sas };
}

/** The parts of a connection string, names in lower case. */
const partsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(';')
      .filter((part) => part.includes('='))
      .map((part) => [part.slice(0, part.indexOf('=')).trim().toLowerCase(), part.slice(part.indexOf('=') + 1).trim()]),
  );

/** The account's file service, for telling whether two names mean the same account. */
export const fileEndpointOf = (credentials: AccountCredentials): string =>
  credentials.kind === 'connectionString'
    ? (endpointOf(partsOf(credentials.connectionString)) ?? '')
    : credentials.fileEndpoint;

/** The file service's URL that a connection string names, or its parts make. */
function endpointOf(parts: ReadonlyMap<string, string>): string | undefined {
  const named = parts.get('fileendpoint');
  if (named !== undefined) return URL.canParse(named) ? named.replace(/\/+$/u, '') : undefined;
  const [protocol, suffix] = [parts.get('defaultendpointsprotocol'), parts.get('endpointsuffix')];
  const usable = (protocol === 'https' || protocol === 'http') && suffix !== undefined && suffix !== '';
  return usable ? `${protocol}://${parts.get('accountname')}.file.${suffix}` : undefined;
}

function fromConnectionString(text: string, place: Place): AccountCredentials | undefined {
  const parts = partsOf(text);
  const refuse = (message: string, fix: string): undefined => {
    report(place, 'connectionString', message, fix, text);
  };
  if (parts.has('usedevelopmentstorage')) {
    return refuse('has no file service (Azurite has none)', 'Give the connection string of the Files emulator.');
  }
  const fileEndpoint = endpointOf(parts);
  if (fileEndpoint === undefined) {
    return refuse(
      'is malformed: it names no file service',
      'Copy it from the portal: "DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=…", or add "FileEndpoint=https://…".',
    );
  }
  const sas = parts.get('sharedaccesssignature');
  if (sas !== undefined) return fromSas(sas, fileEndpoint, place);
  const key = parts.get('accountkey') ?? '';
  if ((parts.get('accountname') ?? '') === '' || !/^[A-Za-z0-9+/]+={0,2}$/u.test(key)) {
    return refuse('is malformed: no AccountName, or no base64 AccountKey', 'Copy it from the portal, whole.');
  }
  return { kind: 'connectionString', connectionString: text };
}

function resolveSecret(secret: SecretValue, field: string, place: Place): string | undefined {
  if (typeof secret === 'string') return secret;
  const text = place.env[secret.env]?.trim();
  if (text !== undefined && text !== '') return text;
  place.problems.push({
    path: formatPath([...place.path, field, 'env']),
    message: 'names an environment variable that is not set',
    value: showValue([...place.path, field, 'env'], secret.env),
    fix: `Set the variable ${secret.env}, or name another one.`,
  });
  return undefined;
}

/** Unset variables of an account that the schema refuses for something else. */
function secretProblems(name: string, account: unknown, env: Environment): readonly ConfigProblem[] {
  if (typeof account !== 'object' || account === null) return [];
  const place: Place = { path: ['accounts', name], env, problems: [] };
  for (const field of ['sas', 'connectionString'] as const) {
    const secret = secretSchema.safeParse((account as Record<string, unknown>)[field]);
    if (secret.success) resolveSecret(secret.data, field, place);
  }
  return place.problems;
}

// oxlint-disable-next-line max-params -- the four parts of a problem beside its place
function report(place: Place, field: string, message: string, fix: string, value: unknown): void {
  const path = [...place.path, field];
  place.problems.push({ path: formatPath(path), message, value: showValue(path, value), fix });
}
