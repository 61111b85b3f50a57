// The list of repositories.

import { element, link } from './elements.js';
import { showPages } from './pages.js';
import * as registry from './registry.js';

/** Shows it. */
export async function show(view, signal) {
  const list = element('ul', { className: 'names' });
  const none = element('p', { hidden: true }, 'There is no repository yet. One comes to be with the first push:');
  const command = element('div', { className: 'command', hidden: true }, element('code', {}, `docker push ${location.host}/NAME:TAG`));
  view.append(element('h1', {}, 'Repositories'), none, command, list);
  await showPages(view, signal, 'More repositories', (next) => registry.repositories(signal, next), (names) => {
    list.append(...names.map((name) => element('li', {}, link(name))));
    none.hidden = command.hidden = list.childElementCount > 0;
  });
}
