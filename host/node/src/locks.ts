/** Locks that a fleet shares, in a bucket. */

import type { Root } from './components/certificates/certificates.js';
import type * as wit from './components/certificates/interfaces/ossicle-storage-lock.js';
import { certificates } from './component.js';
import { type Config, type TemporaryCredentials, toConfig, toTemporary } from './config.js';
import { type Holder, ofLock, ofStorage } from './error.js';
import { free, settled } from './jco.js';
import { fromLease, type Lease, toLease } from './lease.js';
import { count, whole, wholeOr } from './numbers.js';

/** What is left out takes its default. */
export interface LockOptions {
  /** How long a lease lasts unless it is renewed, in milliseconds: 15 000 to 3 600 000. Default 60 000. */
  lease?: number;
  /** The first pause between two looks at a lock that is held, in milliseconds. Default 250. */
  pollMin?: number;
  /** The longest pause. Default 5 000. */
  pollMax?: number;
  /** The folder of the locks, below the config's root. Default `locks`. */
  folder?: string;
}

/** What a look at a lock shows. */
export interface LockInfo {
  /** The name of its object in the bucket. */
  object: string;
  /** How long its log is, in bytes. */
  length: number;
  state: 'free' | 'held' | 'expired' | 'unreadable';
  /** Of `free` and `expired`: the token of the tenure before, 0 where there was none. */
  token?: bigint;
  /** Of `held`. */
  holder?: Holder;
  /** Of `unreadable`: for how long it counts as held, in milliseconds. */
  remaining?: number;
}

const SAME_INSTANCE = Symbol('the instance and the locks in it');

/** The locks in one bucket. */
export class Locks {
  readonly #locks: wit.Locks;
  readonly #instance: Root;

  private constructor(instance: Root, locks: wit.Locks) {
    this.#instance = instance;
    this.#locks = locks;
  }

  /** Checks the config and the options, and makes locks of them. Sends nothing. */
  static async open(config: Config, options: LockOptions = {}): Promise<Locks> {
    const instance = await certificates();
    const opened = await instance.lock.Locks.open(toConfig(config), {
      ...options,
      lease: wholeOr(options.lease, 'lease'),
      pollMin: wholeOr(options.pollMin, 'pollMin'),
      pollMax: wholeOr(options.pollMax, 'pollMax'),
    }).catch(ofStorage);
    return new Locks(instance, opened);
  }

  /** For `Certificates.open`: what is protected by locks is opened in their instance. */
  [SAME_INSTANCE](): [Root, wit.Locks] {
    return [this.#instance, this.#locks];
  }

  /** Gets a lock, waiting for its holder for at most so many milliseconds. Fails with `held`. */
  async lock(name: string, wait: number): Promise<Lease> {
    return fromLease(await this.#locks.lock(name, whole(wait, 'wait')).catch(ofLock));
  }

  /** Gets a lock if it can be had now. Fails with `held`. */
  async tryLock(name: string): Promise<Lease> {
    return fromLease(await this.#locks.tryLock(name).catch(ofLock));
  }

  /** Ends the waits of these locks' calls of `lock` for a name. */
  async stopWaiting(name: string): Promise<void> {
    await settled(() => this.#locks.stopWaiting(name));
  }

  /** Renews a lease for its whole time from now on. Fails with `lost`. */
  async renew(lease: Lease, atLeast = 0): Promise<Lease> {
    return fromLease(await this.#locks.renew(toLease(lease), whole(atLeast, 'atLeast')).catch(ofLock));
  }

  /** Releases a lease. Nothing another holds is ever released. */
  async unlock(lease: Lease): Promise<wit.Unlocked> {
    return this.#locks.unlock(toLease(lease)).catch(ofLock);
  }

  /** Looks at a lock and changes nothing. */
  async inspect(name: string): Promise<LockInfo> {
    const { object, length, state } = await this.#locks.inspect(name).catch(ofLock);
    const info = { object, length: count(length), state: state.tag };
    switch (state.tag) {
      case 'free':
      case 'expired':
        return { ...info, token: state.val };
      case 'held': {
        const { owner, token, remaining } = state.val;
        return { ...info, holder: { owner, token, remaining: count(remaining) } };
      }
      case 'unreadable':
        return { ...info, remaining: count(state.val) };
    }
  }

  /** Ends the tenure with a token, for an operator who knows that its holder is dead. True if it was held. */
  async break(name: string, token: bigint): Promise<boolean> {
    return this.#locks.breakLock(name, token).catch(ofLock);
  }

  /** Hands over credentials of the source `host`. */
  async supplyCredentials(given: TemporaryCredentials): Promise<void> {
    await settled(() => this.#locks.supplyCredentials(toTemporary(given))).catch(ofStorage);
  }

  /** Frees what the component keeps for these locks. */
  [Symbol.dispose](): void {
    free(this.#locks);
  }
}

/** The instance that locks were opened in, and the locks in it. */
export function instanceOf(locks: Locks): [Root, wit.Locks] {
  return locks[SAME_INSTANCE]();
}
