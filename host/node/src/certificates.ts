/** Where an ACME client keeps certificates, keys and accounts. */

import type * as wit from './components/certificates/interfaces/ossicle-storage-cert-storage.js';
import { certificates } from './component.js';
import { type Config, type TemporaryCredentials, toConfig, toTemporary } from './config.js';
import { ofLock, ofStorage } from './error.js';
import { free, settled } from './jco.js';
import { type Lease, toLease } from './lease.js';
import { instanceOf, type Locks } from './locks.js';
import { count, moment } from './numbers.js';

/** What a storage is opened with besides. */
export interface CertificateOptions {
  /** Client-side encryption of values, readable by Google's Tink. Without it values are kept as they are. */
  encryption?: wit.Encryption;
  /** The class of what is written. Default: the bucket's. */
  storageClass?: wit.StorageClass;
  /** How OSS encrypts what is written. Default: as the bucket is set. */
  serverSideEncryption?: wit.ServerSideEncryption;
  /** The locks that protect what is stored: `unlock` of theirs waits for the storage's writes under a lease. */
  locks?: Locks;
}

/** What is below a directory. */
export interface KeyListing {
  /** In the byte order of their keys, each key once. */
  entries: KeyEntry[];
  /** How many objects no key can name. */
  leftOut: number;
}

/** An entry of a listing. */
export interface KeyEntry {
  key: string;
  /** Of a value; none for a directory. A key that is both is told as a value. */
  value?: ListedValue;
}

/** What a listing tells of a value. */
export interface ListedValue {
  /** None where only `stat` can tell it: of some encrypted values. */
  size?: number;
  modified: Date;
}

/** What is known of a key. */
export interface KeyInfo {
  key: string;
  modified: Date;
  size: number;
  /** True for a value, false for a directory. */
  isTerminal: boolean;
}

/** A certificate storage in one bucket. Many calls may be in flight on one at once. */
export class Certificates {
  readonly #storage: wit.Storage;

  private constructor(storage: wit.Storage) {
    this.#storage = storage;
  }

  /** Checks the config and makes a storage of it. Sends nothing: a wrong secret or bucket shows at the first call. */
  static async open(config: Config, { locks, ...options }: CertificateOptions = {}): Promise<Certificates> {
    const [instance, protecting] = locks === undefined ? [await certificates(), undefined] : instanceOf(locks);
    const { Storage } = instance.certStorage;
    return new Certificates(await Storage.open(toConfig(config), options, protecting).catch(ofStorage));
  }

  /** Stores a value of at most 16 MiB, over any that is there. Text is stored as UTF-8. */
  async store(key: string, value: Uint8Array | string): Promise<void> {
    await this.#storage.store(key, bytes(value)).catch(ofStorage);
  }

  /** Stores a value under a key that has none. Fails with `conflict`. */
  async create(key: string, value: Uint8Array | string): Promise<void> {
    await this.#storage.create(key, bytes(value)).catch(ofStorage);
  }

  /** The value of a key. Fails with `not-found`. */
  async load(key: string): Promise<Uint8Array> {
    return this.#storage.load(key).catch(ofStorage);
  }

  /** Removes a value, or a directory with everything below it. Fine when nothing is there. */
  async delete(key: string): Promise<void> {
    await this.#storage.delete(key).catch(ofStorage);
  }

  /** Whether the key is a value or a directory. */
  async exists(key: string): Promise<boolean> {
    return this.#storage.exists(key).catch(ofStorage);
  }

  /** The keys below a directory, in byte order, with sizes and times. */
  async list(prefix = '', { recursive = false } = {}): Promise<KeyListing> {
    const { entries, leftOut } = await this.#storage.list(prefix, recursive).catch(ofStorage);
    return { entries: entries.map(toEntry), leftOut: count(leftOut) };
  }

  /** What is known of a value or directory. Fails with `not-found`. */
  async stat(key: string): Promise<KeyInfo> {
    const { modified, size, ...rest } = await this.#storage.stat(key).catch(ofStorage);
    return { ...rest, modified: moment(modified), size: count(size) };
  }

  /** Stores a value, but OSS itself refuses it once the lease is over. Fails with `lost`. */
  async storeUnder(lease: Lease, key: string, value: Uint8Array | string): Promise<'once' | 'perhaps-again'> {
    return this.#storage.storeUnder(toLease(lease), key, bytes(value)).catch(ofLock);
  }

  /** Stores a value under a key that has none, but OSS itself refuses it once the lease is over. */
  async createUnder(lease: Lease, key: string, value: Uint8Array | string): Promise<'once' | 'perhaps-again'> {
    return this.#storage.createUnder(toLease(lease), key, bytes(value)).catch(ofLock);
  }

  /** Removes a value or directory, but OSS itself refuses it once the lease is over. Fails with `lost`. */
  async deleteUnder(lease: Lease, key: string): Promise<'once' | 'perhaps-again'> {
    return this.#storage.deleteUnder(toLease(lease), key).catch(ofLock);
  }

  /**
   * Stores values of several keys of one directory as one: who loads the same keys together finds all of them or all as they
   * were before, whatever crashes. All that store the set hold the same lock. Where the message of what fails begins with
   * `the set is stored`, it is: only single keys may have their old values until it is stored again.
   */
  async storeTogether(
    lease: Lease,
    values: Iterable<[key: string, value: Uint8Array | string]>,
  ): Promise<'once' | 'perhaps-again'> {
    const keyed = Array.from(values, ([key, value]) => ({ key, value: bytes(value) }));
    return this.#storage.storeTogether(toLease(lease), keyed).catch(ofLock);
  }

  /**
   * The values of keys that are stored together, in the order of the keys. Fails with `conflict` where they are not one set, and
   * with `corrupt` where what the set keeps can't be read: storing it again mends either.
   */
  async loadTogether(keys: string[]): Promise<(Uint8Array | undefined)[]> {
    return this.#storage.loadTogether(keys).catch(ofStorage);
  }

  /** Removes the values of keys that are stored together as one. Where the message of what fails says so, they are removed. */
  async deleteTogether(lease: Lease, keys: string[]): Promise<'once' | 'perhaps-again'> {
    return this.#storage.deleteTogether(toLease(lease), keys).catch(ofLock);
  }

  /** As `load`, and how the value is kept. */
  async loadValue(key: string): Promise<wit.StoredValue> {
    return this.#storage.loadValue(key).catch(ofStorage);
  }

  /** Seals a value with the primary key unless it is already. */
  async reencrypt(key: string): Promise<wit.Reencrypted> {
    return this.#storage.reencrypt(key).catch(ofStorage);
  }

  /** Hands over credentials of the source `host`. */
  async supplyCredentials(given: TemporaryCredentials): Promise<void> {
    await settled(() => this.#storage.supplyCredentials(toTemporary(given))).catch(ofStorage);
  }

  /** Hands over a newer token of the source `oidc-role`. */
  async supplyOidcToken(token: string): Promise<void> {
    await settled(() => this.#storage.supplyOidcToken(token)).catch(ofStorage);
  }

  /** Frees what the component keeps for this storage. */
  [Symbol.dispose](): void {
    free(this.#storage);
  }
}

function toEntry({ key, value }: wit.KeyEntry): KeyEntry {
  if (value === undefined) return { key };
  const modified = moment(value.modified);
  return { key, value: value.size === undefined ? { modified } : { size: count(value.size), modified } };
}

function bytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value;
}
