// The end of a certificate, out of its PEM text: as much of DER as leads there.

const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const VERSION = 0xa0;

/** The element at a place: its tag, where its content begins, and where it ends. */
function elementAt(bytes, place) {
  let [start, length] = [place + 2, bytes[place + 1]];
  if (length > 0x80) {
    const count = length - 0x80;
    length = 0;
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
  }
  if (!(start + length <= bytes.length)) throw new Error('the certificate is cut');
  return { tag: bytes[place], start, end: start + length };
}

/** The place behind so many elements. */
function behind(bytes, place, count) {
  let at = place;
  for (let left = count; left > 0; left -= 1) at = elementAt(bytes, at).end;
  return at;
}

/** A time as DER has it: YYMMDDhhmmssZ, or with all digits of the year. */
function moment({ tag, start, end }, bytes) {
  let text = String.fromCharCode(...bytes.subarray(start, end));
  if (tag === UTC_TIME) text = (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text;
  else if (tag !== GENERALIZED_TIME) return undefined;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  return parts === null ? undefined : new Date(`${parts.slice(1, 4).join('-')}T${parts.slice(4).join(':')}Z`);
}

/** When the first certificate of a PEM text ends; undefined where there is none. */
export function lastDay(text) {
  const found = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(text);
  if (found === null) return undefined;
  try {
    const bytes = Uint8Array.from(atob(found[1].replace(/\s/g, '')), (character) => character.charCodeAt(0));
    const signed = elementAt(bytes, elementAt(bytes, 0).start);
    const first = elementAt(bytes, signed.start);
    // The serial number, the algorithm and the issuer stand before the validity; the version, where it is said, before these.
    const place = behind(bytes, first.tag === VERSION ? first.end : signed.start, 3);
    const validity = elementAt(bytes, place);
    if (validity.tag !== SEQUENCE) return undefined;
    return moment(elementAt(bytes, elementAt(bytes, validity.start).end), bytes);
  } catch {
    return undefined;
  }
}
