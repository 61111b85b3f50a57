// Numbers and moments for people.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes with three digits, in the units that docker prints. */
export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toPrecision(3)} ${UNITS[unit]}`;
}

/** The smallest and the largest of several sizes, or the one that they all are. */
export function range(sizes) {
  const [least, most] = [bytes(Math.min(...sizes)), bytes(Math.max(...sizes))];
  return least === most ? least : `${least} to ${most}`;
}

/** A count with its noun. */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A moment in the reader's own time. What is not one stays as it is. */
export function moment(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleString();
}

/** A digest's beginning: enough to tell it from others. */
export function shortDigest(digest) {
  const [algorithm, encoded = ''] = digest.split(':');
  return `${algorithm}:${encoded.slice(0, 12)}`;
}
