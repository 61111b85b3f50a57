// Shows what the address says, and again whenever it changes.

import * as address from './address.js';
import { element } from './elements.js';
import * as imageView from './image_view.js';
import { attempt } from './pages.js';
import * as repositoriesView from './repositories_view.js';
import * as repositoryView from './repository_view.js';
import { signIn } from './tokens.js';

const view = document.getElementById('view');
const status = document.getElementById('status');
const wanted = document.getElementById('wanted');
let leave = new AbortController();

/** The address behind the #; text that is not encoded as it should be stays as it is, and is no address. */
function current() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showWhat(text, signal) {
  const parsed = address.parse(text);
  if (parsed === null) {
    view.append(element('p', { className: 'problem', role: 'alert' }, `"${text}" names no repository, and no tag or digest of one.`));
    return undefined;
  }
  if (parsed.name === undefined) return repositoriesView.show(view, signal);
  return parsed.reference === undefined ? repositoryView.show(view, parsed, signal) : imageView.show(view, parsed, signal);
}

async function show() {
  // What is still being read for the view before is of no use any more.
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const text = current();
  document.title = text === '' ? `Registry ${location.host}` : `${text} at ${location.host}`;
  wanted.value = text;
  view.replaceChildren();
  status.textContent = 'Reading …';
  await attempt(view, signal, () => showWhat(text, signal));
  if (!signal.aborted) status.textContent = '';
}

document.getElementById('home').textContent = `Registry ${location.host}`;
document.getElementById('open').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = wanted.value.trim();
});
document.getElementById('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const [user, password] = ['user', 'password'].map((id) => document.getElementById(id));
  signIn(user.value, password.value);
  password.value = '';
  event.target.hidden = true;
  show();
});
window.addEventListener('hashchange', () => {
  // The link that led here is gone, and with it the place from which the keyboard goes on.
  view.focus();
  show();
});
show();
