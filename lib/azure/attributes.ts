import { ownCopy } from './xml.ts';

const normalised = new Map<string, string>();
/** There are 2^13 combinations at most; a service that sends more sends noise, which is not worth remembering. */
const mostRemembered = 1_000;

/** As the model has them: sorted, joined with `|`, without duplicates and blanks; `None` when there are none. */
export function normaliseAttributes(text: string): string {
  const known = normalised.get(text);
  if (known !== undefined) return known;
  const names = text.split('|').map((name) => name.trim());
  const kept = [...new Set(names.filter((name) => name !== '' && name !== 'None'))].toSorted();
  const result = kept.length === 0 ? 'None' : kept.join('|');
  if (normalised.size < mostRemembered) normalised.set(ownCopy(text), result);
  return result;
}
