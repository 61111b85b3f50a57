// Elements of the page. Text goes in as text nodes only: names, labels and annotations are written by whoever pushes, and
// must never be read as HTML.

/** Makes an element. Properties are set as they are; those with a dash as attributes. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property.includes('-')) made.setAttribute(property, value);
    else made[property] = value;
  }
  made.append(...children);
  return made;
}

/** A link to a view of this page. */
export function link(address, text = address) {
  return element('a', { href: `#${address}` }, text);
}

/** A table. Its columns' names stand beside the cells where the window is too narrow for columns. */
export function table(caption, columns) {
  const head = element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)));
  const body = element('tbody');
  return element('table', {}, element('caption', {}, caption), element('thead', {}, head), body);
}

/** Columns whose cells stay on one line. */
const UNBROKEN = ['Size', 'Only here', 'Digest'];

/** Adds a row to a table; its first cell names it. Each cell is text, an element or a list of them. */
export function addRow(table, cells) {
  const columns = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const made = cells.map((cell, place) => {
    const kind = place === 0 ? element('th', { scope: 'row' }) : element('td');
    kind.dataset.column = columns[place];
    kind.append(...[cell].flat());
    kind.classList.toggle('size', UNBROKEN.includes(columns[place]));
    return kind;
  });
  const row = element('tr', {}, ...made);
  table.tBodies[0].append(row);
  return row;
}

/** A list of names with what they stand for; pairs without a value are left out. */
export function facts(pairs) {
  const list = element('dl');
  for (const [name, value] of pairs) {
    if (value !== undefined && value !== '') list.append(element('dt', {}, name), element('dd', {}, ...[value].flat()));
  }
  return list;
}

/** A section under a heading. */
export function section(heading, ...children) {
  return element('section', {}, element('h2', {}, heading), ...children);
}

/** Why something is not shown, in words. */
export function problem(error) {
  return element('p', { className: 'problem', role: 'alert' }, error.message);
}

/** A line to copy into a terminal. */
export function commandLine(command) {
  const code = element('code', {}, command);
  const said = element('span', { role: 'status' });
  const button = element('button', { type: 'button', 'aria-label': `Copy: ${command}` }, 'Copy');
  button.addEventListener('click', async () => {
    said.textContent = (await copy(command)) ? 'copied' : 'selected: copy it with your keyboard';
    if (said.textContent !== 'copied') getSelection().selectAllChildren(code);
  });
  return element('div', { className: 'command' }, code, button, said);
}

/** Puts text into the clipboard, and tells whether that worked: browsers allow it to pages over HTTPS or of this machine. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
