/**
 * Numbers of 64 bits. Sizes, counts and spans of time are numbers here: what is beyond 2^53 is no size of an object and no
 * time. Checksums and tokens use all of their bits and stay bigints.
 */

/** A number that a component takes. */
export function whole(value: number, name: string): bigint {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${name} must be a whole number below 2^53, and is ${value}`);
  }
  return BigInt(value);
}

/** As `whole`, and none for none. */
export function wholeOr(value: number | undefined, name: string): bigint | undefined {
  return value === undefined ? undefined : whole(value, name);
}

/** A number that a component gives. */
export function count(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(`the component said ${value}, which is beyond 2^53`);
  }
  return number;
}

/** A moment that a component gives, which knows whole seconds. */
export function moment(seconds: bigint): Date {
  return new Date(count(seconds) * 1000);
}

/** As `moment`, and none for none. */
export function momentOr(seconds: bigint | undefined): Date | undefined {
  return seconds === undefined ? undefined : moment(seconds);
}

/** A moment that a component takes, in whole seconds. */
export function seconds(date: Date, name: string): bigint {
  return whole(Math.floor(date.getTime() / 1000), name);
}
