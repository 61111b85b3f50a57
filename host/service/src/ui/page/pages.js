// Lists that are read page by page, as whoever reads them asks for more.

import { element, problem } from './elements.js';
import { RegistryError, SignInError } from './registry.js';

/** Does something, and says in words why it failed. Of a view that was left nobody wants to know. */
export async function attempt(holder, signal, work) {
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    holder.append(problem(error));
    if (error instanceof SignInError) document.getElementById('sign-in').hidden = false;
    if (!(error instanceof RegistryError)) throw error;
  }
}

/**
 * Shows the first page of a list, and a button for each further one. `readPage` is told where the page is (nothing for the
 * first one), `showEntries` gets its entries.
 */
export async function showPages(holder, signal, label, readPage, showEntries) {
  const button = element('button', { type: 'button' }, label);
  let next;
  const goOn = async () => {
    button.remove();
    await attempt(holder, signal, async () => {
      const page = await readPage(next);
      next = page.next;
      await showEntries(page.entries);
    });
    // Also for another attempt at a page that could not be read.
    if (next !== undefined) holder.append(button);
  };
  button.addEventListener('click', goOn);
  await goOn();
}
