// Which layers were seen in which tags since the page was opened, and so how much is shared.

/** By the tag's address: the sizes of its layers by their digests. */
const seen = new Map();

/** Remembers the layers of a tag, whatever it had before. */
export function note(address, images) {
  const layers = new Map();
  for (const { manifest } of images) {
    for (const { digest, size } of manifest?.layers ?? []) layers.set(digest, size);
  }
  seen.set(address, layers);
}

/** Whether a tag was looked at. */
export function has(address) {
  return seen.has(address);
}

/** How many other tags were. */
export function lookedAt(address) {
  return seen.size - (seen.has(address) ? 1 : 0);
}

/** The other tags that have a layer, in the order of their names. */
export function others(digest, address) {
  return [...seen].filter(([other, layers]) => other !== address && layers.has(digest)).map(([other]) => other).sort();
}

function sum(layers) {
  return [...layers.values()].reduce((total, size) => total + size, 0);
}

/** How many bytes a tag's layers have, and how many of them are in no other tag. */
export function of(address) {
  const layers = seen.get(address) ?? new Map();
  const alone = [...layers].filter(([digest]) => others(digest, address).length === 0);
  return { all: sum(layers), alone: sum(new Map(alone)) };
}

/** Of a repository: how many tags were looked at, how many bytes these have, and how many as each layer is kept once. */
export function total(name) {
  const tags = [...seen].filter(([address]) => address.startsWith(`${name}:`)).map(([, layers]) => layers);
  const once = new Map(tags.flatMap((layers) => [...layers]));
  return { tags: tags.length, all: tags.reduce((all, layers) => all + sum(layers), 0), once: sum(once) };
}
