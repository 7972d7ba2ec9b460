import { readFileSync } from 'node:fs';
import { HostError } from './host-error.ts';

/** App settings; names are compared without case, as the real host's configuration does. */
export class AppSettings {
  readonly #values = new Map<string, string>();

  /** Later layers win. */
  constructor(...layers: Readonly<Record<string, string | undefined>>[]) {
    for (const layer of layers) {
      for (const [name, value] of Object.entries(layer)) {
        if (value !== undefined) this.#values.set(name.toLowerCase(), value);
      }
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }

  /** Replaces each `%NAME%` by the setting's value; throws HostError for one that is missing. */
  resolve(text: string): string {
    return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
      const value = this.get(name);
      if (value === undefined) throw new HostError([`'%${name}%' does not resolve to a value.`]);
      return value;
    });
  }

  /**
   * The storage connection string a binding means: `connection` missing or "" is AzureWebJobsStorage, a name is looked up
   * as AzureWebJobsNAME, then NAME. Identity-based settings (`NAME__queueServiceUri`) are refused: nobody here has tried them.
   */
  connectionString(connection: string | undefined): string {
    const name = connection === undefined || connection === '' ? 'Storage' : connection;
    const value = this.get(`AzureWebJobs${name}`) ?? this.get(name);
    if (value) return value;
    const shown = name === 'Storage' ? 'AzureWebJobsStorage' : name;
    for (const property of ['queueServiceUri', 'serviceUri', 'accountName', 'blobServiceUri']) {
      if (this.get(`AzureWebJobs${name}__${property}`) ?? this.get(`${name}__${property}`)) {
        throw new HostError([
          `${shown}__${property}: the local host does not support identity-based connections; set ${shown} to a connection string.`,
        ]);
      }
    }
    throw new HostError([`Storage account connection string '${shown}' does not exist among the app settings.`]);
  }
}

/** The `Values` of a local.settings.json; a missing file has none. Throws HostError for an unreadable or encrypted one. */
export function readLocalSettings(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  let json: { IsEncrypted?: boolean; Values?: Record<string, unknown> };
  try {
    json = JSON.parse(text) as typeof json;
  } catch (error) {
    throw new HostError([`${file} is not JSON: ${String(error)}`]);
  }
  if (json.IsEncrypted) throw new HostError([`${file} is encrypted; the local host reads plain settings only`]);
  return Object.fromEntries(Object.entries(json.Values ?? {}).map(([name, value]) => [name, String(value)]));
}
