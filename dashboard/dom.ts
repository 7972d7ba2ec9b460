/** The only maker of elements: text goes in as text, so that no name from a share can become markup. */

export type Child = Node | string | number | null | undefined | false | readonly Child[];
type Listener = (event: Event) => void;
type Attributes = Readonly<Record<string, string | number | boolean | undefined | Listener>>;

/** `on:click` and the like add listeners; true is an empty attribute, false and undefined none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill<Made extends Element>(element: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice('on:'.length), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child as readonly Child[]);
    else parent.append(child instanceof Node ? child : String(child as string | number));
  }
}

/**
 * Puts new content in place of the old, unless it is the same: a screen reader would lose its place. Whoever uses the
 * keyboard stays where he is, on the element that has the same id or leads to the same place, and open details stay open.
 */
export function replace(region: Element, ...children: Child[]): void {
  const opened = [...region.querySelectorAll('details[open][id]')].map(({ id }) => id);
  const focused = document.activeElement;
  const isInside = focused !== null && focused !== region && region.contains(focused);
  const place = isInside ? placeOf(focused) : undefined;
  const fresh = region.cloneNode(false) as Element;
  append(fresh, children);
  for (const details of fresh.querySelectorAll('details')) details.open = opened.includes(details.id);
  // What a button does may differ where it looks the same.
  if (fresh.isEqualNode(region) && !region.querySelector('button, input')) return;
  region.replaceChildren(...fresh.childNodes);
  if (place === undefined) return;
  const same = [...region.querySelectorAll<HTMLElement>('a, button, input, select, summary')];
  same.find((element) => placeOf(element) === place)?.focus({ preventScroll: true });
}

const placeOf = (element: Element): string =>
  element.id || `${element.tagName} ${element.getAttribute('href') ?? ''} ${element.textContent}`;

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}
