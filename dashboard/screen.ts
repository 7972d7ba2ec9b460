import { announce } from './announce.ts';
import { ApiError } from './api.ts';
import { h, replace } from './dom.ts';
import type { Child } from './dom.ts';
import { errorBox } from './parts.ts';
import type { Route } from './route.ts';

/** What a view gets to draw on, from when it is opened until another one is. */
export class Screen {
  readonly root: HTMLElement;
  readonly route: Route;
  readonly signal: AbortSignal;
  readonly #signedOut: () => void;

  constructor(options: { root: HTMLElement; route: Route; signal: AbortSignal; signedOut: () => void }) {
    this.root = options.root;
    this.route = options.route;
    this.signal = options.signal;
    this.#signedOut = options.signedOut;
  }

  /** The page's heading, where focus goes when the view opens, and what stands beneath it. */
  open(title: string, ...content: Child[]): void {
    document.title = `${title} – Farshare`;
    const heading = h('h1', { tabindex: '-1' }, title);
    this.root.replaceChildren(heading, h('div', {}, ...content));
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  /** A part of the view that is filled, and filled anew, as answers come. */
  region(attributes: Readonly<Record<string, string>> = {}): HTMLElement {
    return h('div', attributes, h('p', { class: 'quiet' }, 'Loading …'));
  }

  /** Shows what went wrong; answers whether asking again may help. */
  failed(region: HTMLElement, error: unknown): boolean {
    if (this.signal.aborted) return false;
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) {
      this.#signedOut();
      return false;
    }
    let box = region.querySelector(':scope > [data-error]');
    // What was there before stays: yesterday's figures with a warning beat none.
    if (box === null) region.prepend((box = h('div', { 'data-error': true })));
    if (box.textContent !== errorBox(error).textContent) announce(error.message, 'urgent');
    replace(box, errorBox(error));
    region.querySelector(':scope > p.quiet:only-of-type')?.remove();
    return error.status === 0 || error.status >= 500 || error.status === 429;
  }

  /** Does something once; what goes wrong is shown in the region. */
  async attempt(region: HTMLElement, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.failed(region, error);
    }
  }
}

export type View = (screen: Screen) => void;
