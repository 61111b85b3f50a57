// One repository: its tags, each with its platforms, its size, and how much of that is in no other tag.

import * as address from './address.js';
import { addRow, element, link, problem, table } from './elements.js';
import { bytes, counted, range, shortDigest } from './format.js';
import { load } from './image.js';
import * as layers from './layers.js';
import { showPages } from './pages.js';
import * as registry from './registry.js';

/** Platforms that are named in a row; the tag's own view names all. */
const PLATFORMS = 4;

function kinds({ manifest, images, unread }) {
  if (manifest.kind === 'artifact') return manifest.artifactType || 'artifact';
  const named = images.map(({ platform }) => platform || 'unknown platform');
  const more = Math.max(0, named.length - PLATFORMS) + unread;
  return named.slice(0, PLATFORMS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function sizes({ images }) {
  const known = images.filter(({ manifest }) => manifest !== null).map(({ size }) => size);
  return known.length === 0 ? '' : range(known);
}

function summary(name) {
  const { tags, all, once } = layers.total(name);
  if (all === 0) return '';
  const shared = Math.round((1 - once / all) * 100);
  return `Layers of ${counted(tags, 'tag')}: ${bytes(all)} in all, ${bytes(once)} with each layer once, as it is stored. ${shared}% is shared.`;
}

/** A tag's row, which is filled once the tag is read. */
function newRow(rows, name, tag) {
  const own = address.format(name, tag);
  const row = addRow(rows, [link(own, tag), '…', '…', '…', '…']);
  const [, platforms, size, onlyHere, digest] = row.cells;
  return {
    fill(read) {
      layers.note(own, read.images);
      platforms.textContent = kinds(read);
      size.textContent = sizes(read);
      digest.replaceChildren(element('code', {}, shortDigest(read.manifest.digest)));
    },
    /** Again whenever another tag was read, as that may have the same layers. */
    compare() {
      if (layers.has(own)) onlyHere.textContent = bytes(layers.of(own).alone);
    },
    fail(error) {
      platforms.replaceChildren(problem(error));
      for (const cell of [size, onlyHere, digest]) cell.textContent = '';
    },
  };
}

/** Shows it. */
export async function show(view, { name }, signal) {
  const rows = table(`Tags of ${name}`, ['Tag', 'Platforms', 'Size', 'Only here', 'Digest']);
  const said = element('p');
  view.append(element('h1', {}, name), said, rows);
  const shown = [];
  const readTag = async (tag) => {
    const row = newRow(rows, name, tag);
    shown.push(row);
    try {
      row.fill(await load(name, tag, signal));
    } catch (error) {
      if (signal.aborted || !(error instanceof registry.RegistryError)) throw error;
      row.fail(error);
    }
    shown.forEach((other) => other.compare());
    said.textContent = summary(name);
  };
  await showPages(view, signal, 'More tags', (next) => registry.tags(name, signal, next),
    (tags) => Promise.all(tags.map(readTag)));
}
