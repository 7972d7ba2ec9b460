/** Where text goes: results to stdout, everything else to stderr, never a secret to either. */
import type { AccountCredentials, LoadedConfig } from '../../lib/config.ts';

/** A stream of the process, or of a test. */
export interface TextStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string, done?: () => void): boolean;
}

export interface PrinterOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly json: boolean;
  readonly quiet: boolean;
  /** False with NO_COLOR set. */
  readonly color: boolean;
}

export class Printer {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #options: PrinterOptions;
  #secrets: readonly string[] = [];
  #hasProgressLine = false;

  constructor(options: PrinterOptions) {
    this.#options = options;
    this.json = options.json;
    this.quiet = options.quiet;
  }

  /** From here on these accounts' secrets are blotted out of whatever is printed. */
  hide({ accounts, webhooks, proxy }: Pick<LoadedConfig, 'accounts' | 'webhooks' | 'proxy'>): void {
    const addresses = webhooks.flatMap(({ url, secret }) => [url, secret]);
    this.#secrets = [...Object.values(accounts).flatMap(secretsOf), ...addresses, ...passwordsOf(proxy)];
  }

  /** The same for what came by the environment. */
  hideTexts(secrets: readonly (string | undefined)[]): void {
    this.#secrets = [
      ...this.#secrets,
      ...secrets.filter((secret) => secret !== undefined && secret !== ''),
    ] as string[];
  }

  /** A part of the result. Resolves when the stream has taken it, so that a long result does not pile up in memory. */
  result(text: string): Promise<void> {
    this.#endProgress();
    const { stdout } = this.#options;
    return new Promise((resolve) => {
      stdout.write(this.#clean(text), () => resolve());
    });
  }

  document(value: unknown): Promise<void> {
    return this.result(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** A line for people beside the result. */
  note(line: string): void {
    if (!this.quiet) this.error(line);
  }

  error(line: string): void {
    this.#endProgress();
    this.#options.stderr.write(`${this.#clean(line)}\n`);
  }

  get hasLiveProgress(): boolean {
    return this.#options.stderr.isTTY === true;
  }

  /** Columns of a result: the terminal's, or as many as it takes where a file or a program reads it. */
  get width(): number {
    const { stdout } = this.#options;
    return stdout.isTTY === true ? Math.max(40, stdout.columns ?? 80) : 200;
  }

  /** Columns of what stands beside the result. */
  get errorWidth(): number {
    return Math.max(40, this.#options.stderr.columns ?? 80);
  }

  /** On a terminal one line that is written over; elsewhere a line each time. */
  progress(line: string): void {
    if (this.quiet) return;
    const { stderr } = this.#options;
    if (!this.hasLiveProgress) return this.note(line);
    // One column is left free: a full line would wrap.
    stderr.write(`\r\u001b[2K${this.#clean(line).slice(0, (stderr.columns ?? 80) - 1)}`);
    this.#hasProgressLine = true;
  }

  good(text: string): string {
    return this.#paint(text, 32);
  }

  bad(text: string): string {
    return this.#paint(text, 31);
  }

  #paint(text: string, color: number): string {
    const { stdout } = this.#options;
    return this.#options.color && stdout.isTTY === true ? `\u001b[${color}m${text}\u001b[0m` : text;
  }

  #endProgress(): void {
    if (this.#hasProgressLine) this.#options.stderr.write('\r\u001b[2K');
    this.#hasProgressLine = false;
  }

  #clean(text: string): string {
    return this.#secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '(secret)'), text);
  }
}

/** The strings that give access, as they are written in URLs and messages. */
function secretsOf(account: AccountCredentials): readonly string[] {
  if (account.kind === 'entra') return [];
  const text = account.kind === 'sas' ? `&${account.sas}` : account.connectionString;
  const found = text.match(account.kind === 'sas' ? /(?<=&sig=)[^&]+/gu : /(?<=AccountKey=)[^;]+/gu) ?? [];
  return found.flatMap((secret) => [secret, safeDecode(secret)]).filter((secret) => secret.length > 7);
}

function passwordsOf(proxy: LoadedConfig['proxy']): readonly string[] {
  const passwords = [proxy?.HTTP_PROXY, proxy?.HTTPS_PROXY].map((url) =>
    url === undefined ? '' : new URL(url).password,
  );
  return passwords.flatMap((text) => [text, safeDecode(text)]).filter((text) => text !== '');
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
