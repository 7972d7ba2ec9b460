import { asFarshareError } from '../errors.ts';
import type { SharePort } from './ports.ts';

/** Enough for every distinct permission of a large share; the oldest go first beyond that. */
const mostKeys = 20_000;
const keys = new Map<string, Promise<string>>();

interface Asker {
  readonly run: { readonly runId: string };
  readonly source: SharePort;
  readonly destination: SharePort;
}

/**
 * The destination's key for the permission that `sourceKey` names at the source: keys differ per share. Two requests for a
 * key not seen before in this process, by whoever asks first; none for the others.
 */
export function destinationPermission(asker: Asker, sourceKey: string): Promise<string> {
  const { run, source, destination } = asker;
  // A share made anew has other keys: what one run has learnt serves no other. Its id is its own among those of one state only.
  const { account, share } = destination.ref;
  const id = [run.runId, account, share, sourceKey].join('\n');
  const known = keys.get(id);
  if (known !== undefined) return known.catch((error: unknown) => unlessYielded(asker, sourceKey, error));
  const made = source.getPermission(sourceKey).then((sddl) => destination.createPermission(sddl));
  made.catch(() => keys.delete(id));
  const oldest = keys.size >= mostKeys ? keys.keys().next().value : undefined;
  if (oldest !== undefined) keys.delete(oldest);
  keys.set(id, made);
  return made;
}

/** Who asked first may have lost its lease meanwhile, which is nothing to those who waited for the same key. */
function unlessYielded(asker: Asker, sourceKey: string, error: unknown): Promise<string> {
  if (asFarshareError(error).disposition !== 'yield') throw error;
  return destinationPermission(asker, sourceKey);
}
