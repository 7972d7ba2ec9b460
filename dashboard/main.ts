import { announce } from './announce.ts';
import { byId, h, replace } from './dom.ts';
import { button } from './parts.ts';
import { hrefOf, readRoute } from './route.ts';
import type { Route } from './route.ts';
import { Screen } from './screen.ts';
import type { View } from './screen.ts';
import { askEntra, entraSignOut, forgetSessionKey, removeKeyFromAddress, sessionKey } from './session.ts';
import type { Entra } from './session.ts';
import { showJob } from './views/job.ts';
import { showOverview } from './views/overview.ts';
import { showRestore } from './views/restore.ts';
import { showRun } from './views/run.ts';
import { showRuns } from './views/runs.ts';
import { showSignIn } from './views/sign-in.ts';
import { showVersions } from './views/versions.ts';

const pages: readonly (readonly [name: string, href: string])[] = [
  ['Overview', hrefOf([])],
  ['Runs', hrefOf(['runs'])],
  ['Restore', hrefOf(['restore'])],
  ['Versions', hrefOf(['versions'])],
];

const views: Readonly<Record<string, View>> = {
  '': showOverview,
  jobs: showJob,
  restore: showRestore,
  runs: showRuns,
  versions: showVersions,
};

const main = byId('main');
const wasKeyInAddress = removeKeyFromAddress();
let entra: Entra = { isThere: false, user: undefined };
let leave = new AbortController();

function viewOf({ parts }: Route): View {
  if (parts[0] === 'runs' && parts[1] !== undefined) return showRun;
  return views[parts[0] ?? ''] ?? showOverview;
}

function show(): void {
  leave.abort();
  leave = new AbortController();
  if (sessionKey() === null && entra.user === undefined) return askToSignIn();
  const route = readRoute(location.hash);
  showAccount(route);
  const signedOut = (): void => {
    forgetSessionKey();
    askToSignIn('The key is missing or wrong, or the sign-in has run out.');
  };
  viewOf(route)(new Screen({ root: main, route, signal: leave.signal, signedOut }));
}

function askToSignIn(reason?: string): void {
  leave.abort();
  byId('pages').hidden = true;
  byId('account').replaceChildren();
  const inAddress = 'The address held a key, which was taken out: enter it here, so that no history or log keeps it.';
  const why = reason ?? (wasKeyInAddress ? inAddress : undefined);
  showSignIn({ root: main, entra, signedIn: show, ...(why !== undefined && { reason: why }) });
}

function showAccount(route: Route): void {
  const here = hrefOf(route.parts.slice(0, 1));
  const navigation = byId('pages');
  navigation.hidden = false;
  replace(
    navigation,
    h(
      'ul',
      {},
      pages.map(([name, href]) =>
        h('li', {}, h('a', { href, 'aria-current': href === here ? 'page' : undefined }, name)),
      ),
    ),
  );
  const signOut = (): void => {
    forgetSessionKey();
    announce('Signed out.');
    if (entra.user === undefined) askToSignIn();
    else location.assign(entraSignOut());
  };
  replace(
    byId('account'),
    entra.user && h('span', { class: 'small' }, entra.user),
    button('Sign out', signOut, { id: 'sign-out' }),
  );
}

// Not by its address: what is behind `#` says which view is open.
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', show);
void askEntra().then((answer) => {
  entra = answer;
  show();
});
