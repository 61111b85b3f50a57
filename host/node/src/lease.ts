/** Leases: plain values, which any process can renew, write under or release. */

import type * as wit from './components/certificates/interfaces/ossicle-storage-lock.js';
import { count, moment, seconds, whole } from './numbers.js';

/** When OSS takes a change, by its own clock. */
export interface Window {
  since: Date;
  until: Date;
}

/** What a holder holds. Pass on the newest. */
export interface Lease {
  /** The lock's name. */
  name: string;
  /** Who holds it. */
  owner: string;
  /** The fencing token. It grows strictly with every tenure of a name. */
  token: bigint;
  /** Whether the tenure before had run out, so that its holder may have left things half done. */
  takenOver: boolean;
  /** How long its holder may trust it, in milliseconds from when the call returned that gave it. */
  timeLeft: number;
  /** How often to renew it, in milliseconds. */
  renewEvery: number;
  /** When OSS shall take what is written under it. */
  window?: Window;
  /** Where it stands, for Ossicle itself. */
  mark: wit.LeaseMark;
}

export function fromLease(lease: wit.Lease): Lease {
  const { deadline: _, timeLeft, renewEvery, window, ...rest } = lease;
  return {
    ...rest,
    timeLeft: count(timeLeft),
    renewEvery: count(renewEvery),
    window: window && { since: moment(window.since), until: moment(window.until) },
  };
}

export function toLease(lease: Lease): wit.Lease {
  return {
    ...lease,
    timeLeft: whole(lease.timeLeft, 'timeLeft'),
    // Not used when a lease is passed in.
    deadline: 0n,
    renewEvery: whole(lease.renewEvery, 'renewEvery'),
    window: lease.window && toWindow(lease.window),
  };
}

export function toWindow({ since, until }: Window): { since: bigint; until: bigint } {
  return { since: seconds(since, 'since'), until: seconds(until, 'until') };
}
