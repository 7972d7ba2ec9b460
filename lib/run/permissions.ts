import type { SharePort } from './ports.ts';

/** Enough for every distinct permission of a large share; the oldest go first beyond that. */
const mostKeys = 20_000;
const keys = new Map<string, Promise<string>>();

/**
 * The destination's key for the permission that `sourceKey` names at the source: keys differ per share. Two requests for a
 * key not seen before in this process, by whoever asks first; none for the others.
 */
export function destinationPermission(
  { run, source, destination }: { run: { runId: string }; source: SharePort; destination: SharePort },
  sourceKey: string,
): Promise<string> {
  // A share made anew has other keys: what one run has learnt serves no other.
  const id = `${run.runId}\n${sourceKey}`;
  const known = keys.get(id);
  if (known !== undefined) return known;
  const made = source.getPermission(sourceKey).then((sddl) => destination.createPermission(sddl));
  made.catch(() => keys.delete(id));
  const oldest = keys.size >= mostKeys ? keys.keys().next().value : undefined;
  if (oldest !== undefined) keys.delete(oldest);
  keys.set(id, made);
  return made;
}
