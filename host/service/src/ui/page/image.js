// What a tag or a digest leads to, read as far as the page shows it.

import * as manifest from './manifest.js';
import * as registry from './registry.js';

/** Images of one index that are read. Most have fewer platforms; one that has thousands must not become as many requests. */
const IMAGES_READ = 16;

/** Manifests by their digests. What a digest names never changes. */
const known = new Map();

async function readManifest(name, reference, signal) {
  const key = `${name}@${reference}`;
  if (known.has(key)) return known.get(key);
  const read = manifest.read(await registry.manifest(name, reference, signal));
  known.set(`${name}@${read.digest}`, read);
  return read;
}

/** Whether an entry of an index is an image for some platform, and nothing that is attested of one. */
export function isImage(entry) {
  return entry.attestationOf === '' && entry.artifactType === '' && entry.digest !== '';
}

/** What a client of this image transfers: each blob once. */
function sizeOf({ config, layers }) {
  const blobs = new Map([config, ...layers].map(({ digest, size }) => [digest, size]));
  return [...blobs.values()].reduce((sum, size) => sum + size, 0);
}

/** An image or an artifact: its manifest, its size, and, where no index says its platform, its config. */
async function single(name, read, platform, signal) {
  const config = read.kind === 'image' && platform === '' ? await registry.config(name, read.config, signal) : null;
  return { manifest: read, platform: platform || manifest.platform(config), size: sizeOf(read), config };
}

/** An image of an index. One that can't be read must not hide the others. */
async function inner(name, entry, signal) {
  try {
    return await single(name, await readManifest(name, entry.digest, signal), entry.platform, signal);
  } catch (problem) {
    if (signal.aborted || !(problem instanceof registry.RegistryError)) throw problem;
    return { manifest: null, platform: entry.platform, size: 0, config: null, problem };
  }
}

/**
 * Reads what a reference leads to: its manifest, and as `images` the image itself or, of an index, the images in it.
 * `unread` is how many more there are.
 */
export async function load(name, reference, signal) {
  const read = await readManifest(name, reference, signal);
  if (read.kind !== 'index') return { manifest: read, images: [await single(name, read, '', signal)], unread: 0 };
  const entries = read.manifests.filter(isImage);
  const images = await Promise.all(entries.slice(0, IMAGES_READ).map((entry) => inner(name, entry, signal)));
  return { manifest: read, images, unread: Math.max(0, entries.length - IMAGES_READ) };
}
