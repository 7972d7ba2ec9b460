/** Which files a run compares by content: each run takes the next of so many slots, so that in turn all are compared. */

/** One of `slots` parts of all files; slots are taken in turn. */
export interface SampleSlot {
  readonly slot: number;
  readonly slots: number;
}

/** How many runs it takes to go over everything when each looks at `percent` at most; 0 = none ever looks. */
export const sampleSlots = (percent: number): number => (percent <= 0 ? 0 : Math.ceil(100 / percent));

/** The slot after `last`; the first one when there was none, or the percentage is another now. */
export function nextSlot(percent: number, last: SampleSlot | undefined): SampleSlot | undefined {
  const slots = sampleSlots(percent);
  if (slots === 0) return undefined;
  return { slot: last?.slots === slots ? (last.slot + 1) % slots : 0, slots };
}

/** `3/100`, as a restore point's metadata has it. */
export const formatSlot = ({ slot, slots }: SampleSlot): string => `${slot}/${slots}`;

export function parseSlot(text: string | undefined): SampleSlot | undefined {
  const parts = /^(\d{1,9})\/(\d{1,9})$/u.exec(text ?? '');
  return parts === null ? undefined : { slot: Number(parts[1]), slots: Number(parts[2]) };
}

/** Whether a path is in the slot: FNV-1a over its UTF-16 units, mixed once more, since it is taken modulo any number. */
export function isInSlot(path: string, { slot, slots }: SampleSlot): boolean {
  if (slots === 1) return true;
  let hash = 0x811c9dc5;
  for (let index = 0; index < path.length; index += 1) {
    hash = Math.imul(hash ^ path.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % slots === slot;
}
