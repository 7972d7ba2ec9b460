import { byId } from './dom.ts';

/** Says something to those who do not see the page change. */
export function announce(text: string, how: 'polite' | 'urgent' = 'polite'): void {
  const region = byId(how);
  // The same text twice is read twice only if it was gone in between.
  region.textContent = '';
  setTimeout(() => (region.textContent = text), 50);
}
