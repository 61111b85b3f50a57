// What a manifest says. Whoever may push writes it, so nothing in it is taken to be of the type that it should have.

const IMAGE_CONFIGS = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];

/** The annotation by which docker's builder marks what it attests of another manifest of the same index. */
const ATTESTATION_OF = 'vnd.docker.reference.digest';

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

function object(value) {
  return typeof value === 'object' && value !== null ? value : {};
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

/** Text; nothing for anything else. */
export function text(value) {
  return typeof value === 'string' ? value : '';
}

/** Pairs of texts: annotations, labels. */
export function pairs(value) {
  return Object.entries(object(value)).map(([key, content]) => [key, typeof content === 'string' ? content : JSON.stringify(content)]);
}

/** A platform as docker writes it; nothing where there is none, or where it is said to be unknown. */
export function platform(value) {
  const { os, architecture, variant, 'os.version': version } = object(value);
  const parts = [text(os), text(architecture), text(variant)].filter((part) => part !== '');
  if (parts.length === 0 || parts.every((part) => part === 'unknown')) return '';
  return parts.join('/') + (text(version) === '' ? '' : ` (${version})`);
}

/** A descriptor. A size that is none counts as 0, and a digest that is none as nothing. */
function descriptor(value) {
  const { mediaType, digest, size, platform: described, annotations, artifactType } = object(value);
  return {
    mediaType: text(mediaType),
    digest: DIGEST.test(text(digest)) ? digest : '',
    size: Number.isSafeInteger(size) && size > 0 ? size : 0,
    platform: platform(described),
    annotations: pairs(annotations),
    attestationOf: text(object(annotations)[ATTESTATION_OF]),
    artifactType: text(artifactType),
  };
}

/** Reads a manifest's document. Its `kind` is `index`, `image` or `artifact`, which is anything that is not run. */
export function read({ document, mediaType, digest }) {
  const said = object(document);
  const config = descriptor(said.config);
  const isIndex = Array.isArray(said.manifests);
  const isImage = !isIndex && IMAGE_CONFIGS.includes(config.mediaType);
  return {
    kind: isIndex ? 'index' : isImage ? 'image' : 'artifact',
    mediaType,
    digest,
    artifactType: text(said.artifactType) || (isIndex || isImage ? '' : config.mediaType),
    config,
    layers: list(said.layers).map(descriptor),
    manifests: list(said.manifests).map(descriptor),
    annotations: pairs(said.annotations),
    subject: descriptor(said.subject).digest,
  };
}

/** The manifests of a list of referrers, or of another list of descriptors. */
export function descriptors(entries) {
  return entries.map(descriptor);
}
