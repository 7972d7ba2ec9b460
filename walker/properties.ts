import type { OpenPlace } from './place.ts';
import type { FileReading } from './read-file.ts';

export type TimeProperty = 'creationTime' | 'lastWriteTime' | 'changeTime';

/** Everything an entry is compared by, as text; what is absent on the service is absent here. */
export type Properties = ReadonlyMap<string, string>;

const times: Record<TimeProperty, string> = {
  creationTime: 'x-ms-file-creation-time',
  lastWriteTime: 'x-ms-file-last-write-time',
  changeTime: 'x-ms-file-change-time',
};

const httpHeaders = {
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  contentDisposition: 'content-disposition',
  cacheControl: 'cache-control',
  contentMd5: 'content-md5',
};

const metadataPrefix = 'x-ms-meta-';

export async function filePropertiesOf(place: OpenPlace, reading: FileReading): Promise<Properties> {
  const { headers, sha256 } = reading;
  const properties = await commonProperties(place, headers);
  properties.set('size', headers.get('content-length') ?? '');
  if (sha256 !== undefined) properties.set('content', sha256);
  copyPresent(headers, httpHeaders, properties);
  return properties;
}

export async function directoryPropertiesOf(place: OpenPlace, path: string): Promise<Properties> {
  return commonProperties(place, await place.directoryHeaders(path));
}

async function commonProperties(place: OpenPlace, headers: FileReading['headers']): Promise<Map<string, string>> {
  const properties = new Map<string, string>();
  copyPresent(headers, times, properties);
  const attributes = headers.get('x-ms-file-attributes');
  if (attributes !== undefined) properties.set('attributes', inOneOrder(attributes));
  const key = headers.get('x-ms-file-permission-key');
  if (key !== undefined) properties.set('permission', await place.permission(key));
  for (const [name, value] of headers) {
    if (name.startsWith(metadataPrefix)) properties.set(`metadata ${name.slice(metadataPrefix.length)}`, value);
  }
  return properties;
}

function copyPresent(from: FileReading['headers'], names: Record<string, string>, to: Map<string, string>): void {
  for (const [property, header] of Object.entries(names)) {
    const value = from.get(header);
    if (value !== undefined) to.set(property, value);
  }
}

/** Attributes are a set: `Archive|Hidden` and `Hidden | Archive` say the same. */
function inOneOrder(attributes: string): string {
  const names = attributes.split('|').map((name) => name.trim());
  return [...new Set(names)].toSorted().join('|');
}

/** Names of the properties that differ, `metadata NAME` for single metadata values, without those to ignore. */
export function differingProperties(left: Properties, right: Properties, ignore: readonly string[]): string[] {
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names].filter((name) => left.get(name) !== right.get(name) && !ignore.includes(name));
}
