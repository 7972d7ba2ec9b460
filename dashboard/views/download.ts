import { announce } from '../announce.ts';
import { apiPath, getContent } from '../api.ts';
import { h, replace } from '../dom.ts';
import { bytesText } from '../format.ts';
import { savedName, spokenName } from '../names.ts';
import { button, nameOf } from '../parts.ts';
import type { Screen } from '../screen.ts';

interface Wanted {
  readonly job: string;
  readonly destination: string;
  readonly snapshot: string;
  readonly path: string;
  readonly size: number;
}

/** Fetched with the key in a header and saved from memory: an address with the key in it would be kept by the browser. */
export function downloadButton(screen: Screen, wanted: Wanted, outcome: HTMLElement): HTMLElement {
  const { job, destination, snapshot, path, size } = wanted;
  const save = (): Promise<void> =>
    screen.attempt(outcome, async () => {
      const done = h('progress', { max: Math.max(size, 1), value: 0, 'aria-label': 'Downloaded' });
      const so = h('span', {}, bytesText(0));
      replace(outcome, h('p', {}, 'Downloading ', nameOf(path), ' ', done, ' ', so, ` of ${bytesText(size)}`));
      const address = apiPath('jobs', job, 'restore-points', snapshot, 'content');
      const content = await getContent(address, { destination, path }, (bytes) => {
        done.value = bytes;
        so.textContent = bytesText(bytes);
      });
      saveAs(content, savedName(path));
      replace(outcome, h('p', {}, 'Downloaded ', nameOf(path), `, ${bytesText(content.size)}.`));
      announce('Downloaded.');
    });
  return button('Download', save, { label: `Download ${spokenName(path.slice(path.lastIndexOf('/') + 1))}` });
}

function saveAs(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const anchor = h('a', { href: address, download: name, hidden: true });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The browser reads it after the click; a minute is more than it takes to begin.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
