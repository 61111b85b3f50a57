// What the page shows stands behind the # of its address: nothing, a repository, or a repository with a tag or a digest,
// written as docker writes them. So every view has a link, and the browser's history works.

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = `${COMPONENT}(?:/${COMPONENT})*`;
const TAG = '\\w[\\w.-]{0,127}';
const DIGEST = '[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+';
const ADDRESS = new RegExp(`^(${NAME})(?::(${TAG})|@(${DIGEST}))?$`);

/** Reads an address: `{name, reference}`, either of which may be missing. `null` if it is not one. */
export function parse(text) {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  const [, name, tag, digest] = ADDRESS.exec(trimmed) ?? [];
  return name === undefined ? null : { name, reference: digest ?? tag };
}

/** Whether a reference is a digest. No tag has a colon. */
export function isDigest(reference) {
  return reference.includes(':');
}

/** Writes an address. */
export function format(name, reference) {
  if (reference === undefined) return name;
  return name + (isDigest(reference) ? '@' : ':') + reference;
}
