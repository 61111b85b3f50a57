// The registry's own API, as any client has it. The page has no way in besides: the browser sends the credentials that it
// asked for, and the registry decides about each request.

import * as tokens from './tokens.js';

/** Requests at once: enough to hide a network's latency, and few enough to leave the registry to those who pull. */
const AT_ONCE = 4;

/** Entries of a list that are asked for at once. */
const REPOSITORIES = 100;
const TAGS = 20;

/** The largest config that is read, in bytes. The registry sends what is smaller than 1 MiB itself, and redirects to OSS for
 * more, which a page of this host may not follow. Configs have some kilobytes. */
const LARGEST_CONFIG = 512 * 1024;

/** The kinds of manifests that the page can read, by which the specification has clients ask. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Why the registry did not give what was asked for, in words. */
export class RegistryError extends Error {}

/** The same, where another user and password might be given it. */
export class SignInError extends RegistryError {}

let free = AT_ONCE;
const waiting = [];

async function inTurn(work) {
  if (free > 0) free -= 1;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}

/** Sends a request. A token goes with it only once the registry has said which one it wants. */
async function send(path, signal, headers) {
  try {
    // From the origin: the page's own address may hold a user and a password, with which no request can be made.
    return await fetch(new URL(path, location.origin), { signal, headers });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RegistryError('The registry can\'t be reached.');
  }
}

async function tokenFor(challenge, signal) {
  try {
    return await tokens.get(challenge, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RegistryError(`The registry wants a token of ${challenge.realm}, which can't be asked by this page: it can't be`
      + ` reached, or does not allow pages of ${location.origin} to ask (CORS). docker and other clients can.`);
  }
}

/** Reads a document: what it says, and the response. */
function read(path, signal, accept = 'application/json') {
  return inTurn(async () => {
    let response = await send(path, signal, { Accept: accept });
    const challenge = tokens.parse(response.headers.get('WWW-Authenticate') ?? '');
    if (response.status === 401 && challenge !== null) {
      const token = await tokenFor(challenge, signal);
      if (token !== '') response = await send(path, signal, { Accept: accept, Authorization: `Bearer ${token}` });
    }
    const text = await response.text();
    if (!response.ok) throw refusal(response, text, challenge);
    try {
      return { document: JSON.parse(text), response };
    } catch {
      throw new RegistryError(`The registry's answer at ${path} is not JSON.`);
    }
  });
}

/** What a refusal says, with the code that the registry's documentation and log have for it. */
function refusal({ status }, text, challenge) {
  const said = errorsOf(text).map(({ code, message }) => `${message} (${code})`).join('; ');
  const words = `The registry answered ${status}${said === '' ? '' : `: ${said}`}.`;
  return status === 401 && challenge !== null ? new SignInError(words) : new RegistryError(words);
}

function errorsOf(text) {
  try {
    const { errors } = JSON.parse(text);
    return Array.isArray(errors) ? errors.filter((error) => typeof error === 'object' && error !== null) : [];
  } catch {
    return [];
  }
}

/** Where the next page of a list is, if there is one. */
function nextOf(response) {
  return /^<(\/v2\/[^>]*)>/.exec(response.headers.get('Link') ?? '')?.[1];
}

/** A page of a list: its entries, and where the next one is. */
async function page(path, field, signal) {
  const { document, response } = await read(path, signal);
  const entries = document[field];
  return { entries: Array.isArray(entries) ? entries : [], next: nextOf(response) };
}

/** Names of repositories, from the beginning or from where a page before said. */
export function repositories(signal, next = `/v2/_catalog?n=${REPOSITORIES}`) {
  return page(next, 'repositories', signal);
}

/** Tags of a repository. */
export function tags(name, signal, next = `/v2/${name}/tags/list?n=${TAGS}`) {
  return page(next, 'tags', signal);
}

/** Manifests that refer to another one: signatures, bills of materials and the like. */
export function referrers(name, digest, signal, next = `/v2/${name}/referrers/${digest}`) {
  return page(next, 'manifests', signal);
}

/** A manifest: what it says, its media type and its digest. */
export async function manifest(name, reference, signal) {
  const { document, response } = await read(`/v2/${name}/manifests/${reference}`, signal, MANIFESTS);
  const header = (key) => response.headers.get(key) ?? '';
  return { document, mediaType: header('Content-Type'), digest: header('Docker-Content-Digest') };
}

/** The config of an image; `null` where it is too large to be one. */
export async function config(name, descriptor, signal) {
  if (descriptor.size > LARGEST_CONFIG) return null;
  return (await read(`/v2/${name}/blobs/${descriptor.digest}`, signal)).document;
}
