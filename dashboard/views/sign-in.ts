import { announce } from '../announce.ts';
import { get } from '../api.ts';
import { h, replace } from '../dom.ts';
import { errorBox, messageBox } from '../parts.ts';
import { entraSignIn, forgetSessionKey, setSessionKey } from '../session.ts';
import type { Entra } from '../session.ts';

interface SignIn {
  readonly root: HTMLElement;
  readonly entra: Entra;
  /** Why the page asks, beyond that it was opened. */
  readonly reason?: string;
  readonly signedIn: () => void;
}

/** Asks for the key, or for a sign-in with Entra where the app has that. */
export function showSignIn({ root, entra, reason, signedIn }: SignIn): void {
  document.title = 'Sign in – Farshare';
  const outcome = h('div', { role: 'alert' }, reason && messageBox('warn', reason));
  const key = h('input', {
    id: 'key',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'key-hint',
  });
  const attempt = async (): Promise<void> => {
    setSessionKey(key.value.trim());
    try {
      await get('runs', { query: { limit: 1 } });
    } catch (error) {
      forgetSessionKey();
      replace(outcome, errorBox(error));
      key.focus();
      return;
    }
    announce('Signed in.');
    signedIn();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void attempt();
  };
  const form = h(
    'form',
    { class: 'narrow', 'on:submit': submit },
    h('label', { for: 'key' }, 'Function key'),
    key,
    h(
      'p',
      { id: 'key-hint', class: 'small' },
      'A function or host key of the app; locally, npm start prints it. It stays in this tab until the tab is closed, and is never put into an address.',
    ),
    h('button', { type: 'submit', class: 'main' }, 'Sign in'),
  );
  const byEntra = h(
    'div',
    { class: 'narrow' },
    h('p', {}, h('a', { class: 'button main', href: entraSignIn() }, 'Sign in with Microsoft Entra ID')),
    h('p', { class: 'small' }, 'or with a key:'),
  );
  const heading = h('h1', { tabindex: '-1' }, 'Sign in');
  root.replaceChildren(heading, outcome, ...(entra.isThere ? [byEntra] : []), form);
  if (entra.isThere) heading.focus();
  else key.focus();
}
