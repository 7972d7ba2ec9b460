/** Where in the page one is: the part of the address behind `#`. It never holds the key. */

export interface Route {
  readonly parts: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/u, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { parts: parts.map(decode), query: Object.fromEntries(new URLSearchParams(query)) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** An address within the page, from parts that may hold anything. */
export function hrefOf(parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, value);
  const path = `#/${parts.map(encodeURIComponent).join('/')}`;
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}
