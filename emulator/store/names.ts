import { StoreError } from './errors.ts';

const SHARE_NAME = /^[a-z0-9](?:-?[a-z0-9])*$/;
const RESERVED = /^(?:lpt[1-9]|com[1-9]|prn|aux|nul|con|clock\$|\.|\.\.)$/i;
// Not `" \ / : | < > * ?`, no control characters below 0x20 [learn: Naming and referencing shares].
// oxlint-disable-next-line no-control-regex -- control characters are what the rule is about
const FORBIDDEN = /["\\/:|<>*?\u0000-\u001f]/;

const LONGEST_COMPONENT = 255;
const LONGEST_PATH = 2048;
/** [M] */
const DEEPEST_PATH = 250;

/** @throws InvalidResourceName unless 3 to 63 lower-case letters, digits and single hyphens. */
export function checkShareName(name: string): void {
  if (name.length < 3 || name.length > 63 || !SHARE_NAME.test(name)) {
    throw new StoreError('InvalidResourceName');
  }
}

/**
 * Components of a decoded path, root = none. A slash at either end is dropped; dots at the end of a component are dropped
 * unless allowed. @throws InvalidResourceName, InvalidFileOrDirectoryPathName
 */
export function componentsOf(path: string, allowTrailingDot: boolean): readonly string[] {
  const start = path.startsWith('/') ? 1 : 0;
  const end = path.length > start && path.endsWith('/') ? path.length - 1 : path.length;
  if (end <= start) {
    return [];
  }
  const trimmed = path.slice(start, end);
  const components = trimmed.split('/').map((part) => (allowTrailingDot ? part : withoutTrailingDots(part)));
  if (trimmed.length > LONGEST_PATH || components.length > DEEPEST_PATH) {
    throw new StoreError('InvalidFileOrDirectoryPathName');
  }
  components.forEach(checkComponent);
  return components;
}

function withoutTrailingDots(component: string): string {
  let end = component.length;
  while (end > 0 && component[end - 1] === '.') {
    end -= 1;
  }
  return end === 0 ? component : component.slice(0, end);
}

function checkComponent(component: string): void {
  if (component.length > LONGEST_COMPONENT) {
    throw new StoreError('InvalidFileOrDirectoryPathName');
  }
  if (component === '' || FORBIDDEN.test(component) || RESERVED.test(component) || !component.isWellFormed()) {
    throw new StoreError('InvalidResourceName');
  }
}
