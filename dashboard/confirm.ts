import { h } from './dom.ts';
import type { Child } from './dom.ts';

interface Question {
  readonly title: string;
  readonly content: readonly Child[];
  /** What the button that goes on says. */
  readonly yes: string;
  readonly isDangerous?: boolean;
}

/** Asks in a modal dialog; Escape and Cancel answer false. Focus goes back to where it was. */
export function confirmed({ title, content, yes, isDangerous = false }: Question): Promise<boolean> {
  const before = document.activeElement;
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'question' },
    h('h2', { id: 'question' }, title),
    ...content,
    h(
      'p',
      { class: 'actions' },
      h('button', { type: 'button', class: 'plain', id: 'no', 'on:click': () => dialog.close('no') }, 'Cancel'),
      h(
        'button',
        { type: 'button', class: isDangerous ? 'danger' : 'main', 'on:click': () => dialog.close('yes') },
        yes,
      ),
    ),
  );
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      // Where the page was drawn anew meanwhile, the same button is another element.
      const again = before?.isConnected === true ? before : document.getElementById(before?.id ?? '');
      if (again instanceof HTMLElement) again.focus();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
    // What goes on must be chosen, not met by the Enter key that opened this.
    dialog.querySelector<HTMLElement>('#no')?.focus();
  });
}
