// Shows the tenants whose tokens were given.

import { addRow, element, problem, table } from './elements.js';
import { readDocument } from './service.js';
import { showTenant } from './tenant_view.js';

const view = document.getElementById('view');
const status = document.getElementById('status');
const field = document.getElementById('token');
const again = document.getElementById('again');
// Token and view of each tenant, by its name. Only here: whoever closes or loads the page anew has to give the tokens again.
const tenants = new Map();

/** How the tenants do, beside each other. */
function overview(all) {
  const rows = table('Tenants', ['Tenant', 'Bucket', 'Requests', 'Failures']);
  for (const { tenant, bucket, requests } of all) {
    const sum = (what) => String(requests.reduce((all, one) => all + one[what], 0));
    addRow(rows, [tenant, bucket, sum('count'), sum('failures')]);
  }
  return rows;
}

/** Reads what is shown of these tokens, and shows it beside the rest. */
async function show(tokens) {
  status.textContent = 'Reading …';
  const problems = [];
  for (const token of tokens) {
    try {
      const told = await readDocument(token, '/status');
      const article = tenants.get(told.tenant)?.article ?? element('article', { 'aria-label': told.tenant });
      tenants.set(told.tenant, { token, told, article });
      await showTenant(article, token, told);
    } catch (error) {
      problems.push(problem(error));
    }
  }
  const all = [...tenants.values()];
  const articles = all.map(({ article }) => article);
  view.replaceChildren(...problems, ...(all.length > 1 ? [overview(all.map(({ told }) => told))] : []), ...articles);
  again.hidden = all.length === 0;
  status.textContent = '';
}

document.getElementById('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = field.value.trim();
  if (token === '') return;
  field.value = '';
  field.placeholder = 'a token of another tenant';
  show([token]);
});
again.addEventListener('click', () => show([...tenants.values()].map(({ token }) => token)));
