// Shows a tenant: its requests, its locks and who holds them, its certificates and when they end.

import { addRow, element, facts, problem, section, table } from './elements.js';
import { read, readDocument } from './service.js';
import { lastDay } from './x509.js';

/** Requests at once: enough to hide a network's latency, and few enough to leave the tenant to its programs. */
const AT_ONCE = 4;

/** Locks and certificates that are looked at without being asked for more: each is a request to OSS. */
const LOOKED_AT = 100;

const MS_PER_DAY = 24 * 60 * 60 * 1000;

/** Does something for each of a list, several at once. */
async function forEach(list, work) {
  const left = [...list];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A key or path as a URL has it. */
function encode(path) {
  return path.split('/').map(encodeURIComponent).join('/');
}

function span(seconds) {
  if (seconds === null) return 'never';
  const [days, hours, minutes] = [seconds / 86400, seconds / 3600, seconds / 60].map(Math.floor);
  if (days > 1) return `in ${days} days`;
  return hours > 1 ? `in ${hours} hours` : `in ${minutes} minutes`;
}

function tenantFacts(told) {
  return facts([
    ['Tenant', told.tenant], ['Bucket', told.bucket], ['Token', told.bearer], ['Rights', told.rights.join(', ')],
    ['Expires', span(told.expires_in)],
  ]);
}

function requestsOf({ requests, tenant }) {
  const columns = ['Operation', 'Requests', 'Failures', 'On average', '99 of 100 within'];
  const rows = table(`Requests to ${tenant} since the service started`, columns);
  for (const { operation, count, failures, mean_ms: mean, most_ms: most } of requests) {
    addRow(rows, [operation, String(count), String(failures), `${mean.toFixed(1)} ms`, most === null ? 'longer than 10 minutes' : `${most} ms`]);
  }
  return section('Requests', requests.length === 0 ? element('p', {}, 'None yet.') : rows);
}

/** Names of locks: of those whose objects are in the folder, as far as a path can name them. */
async function lockNames(token, folder) {
  if (!/^[A-Za-z0-9._-]+$/.test(folder)) return { names: [], more: false };
  const page = await readDocument(token, `/v1/blobs?directory=/${folder}/v1&limit=${LOOKED_AT}`);
  const names = page.entries.filter((entry) => !entry.is_directory).map((entry) => entry.path.split('/').pop());
  return { names, more: page.next !== undefined };
}

function holderOf(lock) {
  if (lock.holder === undefined) return '';
  const { owner, fencing_token: fencing, remaining_ms: left } = lock.holder;
  return `${owner}, token ${fencing}, for ${Math.ceil(left / 1000)} s unless it renews`;
}

async function addLocks(view, token, told) {
  const rows = table(`Locks of ${told.tenant}`, ['Lock', 'State', 'Holder']);
  const note = element('p');
  const look = async (name) => {
    const lock = await readDocument(token, `/v1/locks/${encodeURIComponent(name)}`);
    return [name, lock.state, holderOf(lock)];
  };
  const label = `Name of a lock of ${told.tenant}`;
  const name = element('input', { 'aria-label': label, placeholder: 'name of a lock', autocomplete: 'off' });
  const form = element('form', {}, name, element('button', {}, 'Look'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    note.textContent = '';
    try {
      addRow(rows, await look(name.value));
    } catch (error) {
      note.textContent = error.message;
    }
  });
  view.append(section('Locks', rows, note, form));
  try {
    const { names, more } = await lockNames(token, told.lock_folder);
    const found = [];
    await forEach(names, async (lock) => found.push(await look(lock)));
    found.sort(([one], [other]) => (one < other ? -1 : 1)).forEach((cells) => addRow(rows, cells));
    if (more) note.textContent = `There are more than ${LOOKED_AT}: look at one by its name.`;
    else if (names.length === 0) note.textContent = 'None is listed. One whose name is no path is seen by its name alone.';
  } catch (error) {
    note.textContent = error.message;
  }
}

function ending(end) {
  const days = Math.floor((end - Date.now()) / MS_PER_DAY);
  const words = days < 0 ? `ended ${-days} days ago` : `${days} days left`;
  // Those that few clients renew as late as this.
  return element('span', { className: days < 14 ? 'problem' : '' }, words);
}

async function addCertificates(view, token, told) {
  const rows = table(`Certificates of ${told.tenant}`, ['Key', 'Ends', 'Days']);
  const note = element('p');
  view.append(section('Certificates', rows, note));
  const page = await readDocument(token, '/v1/certificates?recursive=true&limit=1000');
  const all = page.entries.map((entry) => entry.key);
  const keys = all.filter((key) => /\.(crt|pem|cer)$/.test(key));
  const found = [];
  await forEach(keys.slice(0, LOOKED_AT), async (key) => {
    try {
      const end = lastDay(await (await read(token, `/v1/certificates/${encode(key)}`)).text());
      found.push(end === undefined ? [key, 'no certificate', ''] : [key, end.toISOString().slice(0, 10), ending(end)]);
    } catch (error) {
      found.push([key, error.message, '']);
    }
  });
  found.sort(([one], [other]) => (one < other ? -1 : 1)).forEach((cells) => addRow(rows, cells));
  const others = all.length - found.length;
  note.textContent = `${others} other keys${page.next === undefined ? '' : ', and more than a page shows'}.`;
}

/** Fills an element with what a token's tenant has. `told` is what the service says of the token. */
export async function showTenant(view, token, told) {
  view.replaceChildren(element('h1', {}, told.tenant), tenantFacts(told), requestsOf(told));
  await addLocks(view, token, told);
  // A tenant that has stored nothing has no directory to list.
  await addCertificates(view, token, told).catch((error) => view.lastChild.append(problem(error)));
}
