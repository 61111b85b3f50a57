// What a tag or a digest leads to: how to pull it, its platforms, its layers and where else these are, and what is attached.

import * as address from './address.js';
import { addRow, commandLine, element, facts, link, section, table } from './elements.js';
import { bytes, counted, moment, range, shortDigest } from './format.js';
import { isImage, load } from './image.js';
import * as layers from './layers.js';
import { descriptors, pairs, text } from './manifest.js';
import { showPages } from './pages.js';
import * as registry from './registry.js';

/** Tags that are named beside a layer which many have. */
const NAMED = 3;

/** The lines that fetch it. docker takes images alone; what is none is fetched by oras. */
function pullLines(name, reference, { kind, digest }) {
  const program = kind === 'artifact' ? 'oras' : 'docker';
  const addresses = new Set([address.format(name, reference), address.format(name, digest)]);
  return [...addresses].map((one) => commandLine(`${program} pull ${location.host}/${one}`));
}

/** What a client transfers that has none of it. */
function sizes(images) {
  const known = images.filter(({ manifest }) => manifest !== null).map(({ size }) => size);
  return known.length === 0 ? '' : `${range(known)}, layers and config`;
}

function about({ manifest, images, unread }) {
  const created = images.length === 1 ? text(images[0].config?.created) : '';
  const platforms = images.map(({ platform }) => platform).filter((platform) => platform !== '');
  return facts([
    ['Kind', manifest.kind],
    ['Artifact type', manifest.artifactType],
    ['Platforms', platforms.join(', ') + (unread > 0 ? ` and ${unread} more, not read here` : '')],
    ['Size', sizes(images)],
    ['Created', created === '' ? '' : moment(created)],
    ['Digest', element('code', {}, manifest.digest)],
    ['Media type', element('code', {}, manifest.mediaType)],
  ]);
}

/** Where else a layer is: the first tags by name, and how many more. */
function elsewhere(tags) {
  if (tags.length === 0) return ['only here'];
  const named = tags.slice(0, NAMED).flatMap((tag, place) => (place === 0 ? [link(tag)] : [', ', link(tag)]));
  return tags.length > NAMED ? [...named, ` and ${tags.length - NAMED} more`] : named;
}

/** The layers of one image. `comparisons` gets what to do whenever another tag was read. */
function layerTable(own, image, comparisons) {
  const rows = table(counted(image.manifest.layers.length, 'layer'), ['Size', 'Layer', 'Also in']);
  for (const layer of image.manifest.layers) {
    const title = new Map(layer.annotations).get('org.opencontainers.image.title') ?? '';
    const what = [element('div', {}, title), element('code', {}, layer.digest), element('small', {}, layer.mediaType)];
    const place = addRow(rows, [bytes(layer.size), what, '']).cells[2];
    comparisons.push(() => place.replaceChildren(...elsewhere(layers.others(layer.digest, own))));
  }
  return rows;
}

/** An image of an index, folded: an index has many. */
function folded(name, own, image, comparisons) {
  const title = image.platform || 'unknown platform';
  if (image.manifest === null) return element('p', { className: 'problem' }, `${title}: ${image.problem.message}`);
  const alone = address.format(name, image.manifest.digest);
  return element('details', {}, element('summary', {}, `${title}, ${bytes(image.size)}`),
    commandLine(`docker pull ${location.host}/${alone}`), element('p', {}, link(alone, 'This platform alone')),
    layerTable(own, image, comparisons));
}

function layersSection(name, own, { manifest, images }, comparisons) {
  const said = element('p');
  comparisons.push(() => {
    const { all, alone } = layers.of(own);
    const compared = counted(layers.lookedAt(own), 'other tag');
    if (layers.has(own)) said.textContent = `${bytes(all)} in all, of which ${bytes(alone)} are in none of ${compared} looked at.`;
  });
  if (manifest.kind === 'index') {
    return section('Platforms', said, ...images.map((image) => folded(name, own, image, comparisons)));
  }
  return section('Layers', said, layerTable(own, images[0], comparisons));
}

/** Descriptors of manifests that are no images, as rows. */
function describe(rows, name, entries) {
  for (const { artifactType, mediaType, attestationOf, size, digest, annotations } of entries) {
    const kind = attestationOf === '' ? artifactType || mediaType : `attestation of ${shortDigest(attestationOf)}`;
    const what = digest === '' ? '' : link(address.format(name, digest), digest);
    const notes = annotations.map(([key, value]) => element('small', {}, `${key}: ${value}`));
    addRow(rows, [kind, bytes(size), [element('code', {}, what), ...notes]]);
  }
}

function others(name, manifest) {
  const entries = manifest.manifests.filter((entry) => !isImage(entry));
  if (entries.length === 0) return [];
  const rows = table('Other manifests of this index', ['What', 'Size', 'Manifest']);
  describe(rows, name, entries);
  return [section('Also in this index', rows)];
}

/** Signatures, bills of materials and the like, where there are any. */
async function attached(holder, name, digest, signal) {
  const rows = table('Manifests that refer to this one', ['What', 'Size', 'Manifest']);
  await showPages(holder, signal, 'More', (next) => registry.referrers(name, digest, signal, next), (entries) => {
    describe(rows, name, descriptors(entries));
    if (entries.length > 0) holder.replaceChildren(element('h2', {}, 'Attached'), rows);
  });
}

/** Reads other tags of the repository, so that it can be said which layers they share. */
function compare(holder, name, signal, comparisons) {
  const readTag = async (tag) => {
    const other = address.format(name, tag);
    if (layers.has(other)) return;
    try {
      layers.note(other, (await load(name, tag, signal)).images);
    } catch (error) {
      // The repository's own view says what is wrong with it.
      if (signal.aborted || !(error instanceof registry.RegistryError)) throw error;
    }
    comparisons.forEach((again) => again());
  };
  return showPages(holder, signal, 'Compare with more tags', (next) => registry.tags(name, signal, next),
    (tags) => Promise.all(tags.map(readTag)));
}

function listed(heading, entries) {
  return entries.length === 0 ? [] : [section(heading, facts(entries))];
}

/** Shows it. */
export async function show(view, { name, reference }, signal) {
  const own = address.format(name, reference);
  view.append(element('h1', {}, link(name), own.slice(name.length)));
  const read = await load(name, reference, signal);
  if (!address.isDigest(reference)) layers.note(own, read.images);
  const comparisons = [];
  const layered = layersSection(name, own, read, comparisons);
  const referring = element('section');
  const labels = read.images.length === 1 ? pairs(read.images[0].config?.config?.Labels) : [];
  view.append(
    section('Pull', ...pullLines(name, reference, read.manifest)),
    section('About', about(read)), layered, ...others(name, read.manifest), referring,
    ...listed('Annotations', read.manifest.annotations), ...listed('Labels', labels),
  );
  comparisons.forEach((again) => again());
  await Promise.all([
    attached(referring, name, read.manifest.digest, signal),
    compare(layered, name, signal, comparisons),
  ]);
}
