import type { SharePath } from '../model/index.ts';
import { FarshareError } from '../errors.ts';

/** `/share/component/component`, each component percent-encoded as UTF-8; trailing dots and blanks stay. */
export function encodePath(share: string, path: SharePath): string {
  const components = path === '' ? [] : path.split('/');
  return ['', share, ...components].map(encodeComponent).join('/');
}

function encodeComponent(component: string): string {
  // A URL would swallow these, and another entry would be addressed.
  if (component === '.' || component === '..') throw invalidName('is . or ..');
  if (!component.isWellFormed()) throw invalidName('holds half a surrogate pair');
  return encodeURIComponent(component);
}

const invalidName = (reason: string): FarshareError =>
  new FarshareError('InvalidFileOrDirectoryPathName', `A component of the path ${reason}`, { disposition: 'entry' });
