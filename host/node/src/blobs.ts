/** Where a container registry keeps its blobs: files of any size in a bucket. */

import type { ReadableStream } from 'node:stream/web';
import type * as wit from './components/blobs/interfaces/ossicle-storage-blob-driver.js';
import { blobs } from './component.js';
import { type Config, type Endpoint, type TemporaryCredentials, toConfig, toEndpoint, toTemporary } from './config.js';
import { ofDriver, ofStorage } from './error.js';
import { free, settled } from './jco.js';
import { toWindow, type Window } from './lease.js';
import { count, moment, momentOr, whole, wholeOr } from './numbers.js';
import { type PublishOptions, toPublish, type Written, written } from './publish.js';
import { type Content, entries, Outgoing, readable } from './streams.js';
import { BlobWriter, type WriterOptions, type WriterStart, toStart } from './writer.js';

/** How blobs are stored. What is left out takes its default. */
export interface BlobOptions extends Omit<wit.BlobOptions, 'partSize' | 'copyThreshold' | 'copyPartSize' | 'urlEndpoint'> {
  /** The size of a part in bytes: 102 400 to 536 870 912. Default 10 MiB. */
  partSize?: number;
  /** The largest object, in bytes, that is copied by one request. Default 200 MiB. */
  copyThreshold?: number;
  /** The size of a part of a copy in bytes. Default 64 MiB. */
  copyPartSize?: number;
  /** The host that URLs of `urlFor` name. Default: the host of the requests. */
  urlEndpoint?: Endpoint;
}

/** How a file is written. */
export interface WriteOptions extends PublishOptions {
  /** Default: `application/octet-stream`. */
  contentType?: string;
}

/** Which part of a file is read, and on which condition. */
export interface ReadOptions extends wit.ReadCondition {
  /** In bytes. Default 0. */
  offset?: number;
  /** Default: to the file's end. */
  length?: number;
}

/** What OSS states of a file with its content. */
export interface FileState {
  size: number;
  etag?: string;
  modified?: Date;
  contentType?: string;
}

/** What is known of a path. */
export interface FileInfo {
  path: string;
  /** 0 for a directory. */
  size: number;
  /** The epoch for a directory. */
  modified: Date;
  isDir: boolean;
  /** Of `stat` alone. */
  etag?: string;
}

/** A page of a directory. */
export interface Page {
  entries: FileInfo[];
  /** The next `startAfter`. */
  next?: string;
}

/** An upload that was neither committed nor cancelled. */
export interface Upload {
  path: string;
  uploadId: string;
  initiated: Date;
}

/** A URL by which a file can be read for a while without credentials. It is a secret. */
export interface SignedUrl {
  url: string;
  /** In seconds. */
  holdsFor: number;
  /** Whether OSS has told the time that it is signed with, instead of this machine's clock. */
  timeIsKnown: boolean;
}

/** A driver over one bucket. Many calls may be in flight on one at once. */
export class Blobs {
  readonly #driver: wit.Driver;

  private constructor(driver: wit.Driver) {
    this.#driver = driver;
  }

  /** Checks the config and makes a driver of it. Sends nothing: see `check`. */
  static async open(config: Config, options: BlobOptions = {}): Promise<Blobs> {
    const { blobDriver } = await blobs();
    const opened = await blobDriver.Driver.open(toConfig(config), {
      ...options,
      partSize: wholeOr(options.partSize, 'partSize'),
      copyThreshold: wholeOr(options.copyThreshold, 'copyThreshold'),
      copyPartSize: wholeOr(options.copyPartSize, 'copyPartSize'),
      urlEndpoint: options.urlEndpoint === undefined ? undefined : toEndpoint(options.urlEndpoint),
    }).catch(ofDriver);
    return new Blobs(opened);
  }

  /** Makes a driver of the parameters of a registry's configuration, and lists one object. */
  static async fromParameters(parameters: Record<string, string>): Promise<Blobs> {
    const { blobDriver } = await blobs();
    return new Blobs(await blobDriver.Driver.fromParameters(Object.entries(parameters)).catch(ofDriver));
  }

  /** Lists one object, to see that the bucket can be reached. */
  async check(): Promise<void> {
    await this.#driver.check().catch(ofDriver);
  }

  /** The content of a file of at most 128 MiB. Fails with `not-found`. */
  async get(
    path: string,
    condition: wit.ReadCondition = {},
  ): Promise<{ content: Uint8Array; crc64: bigint; state: FileState }> {
    const { content, crc64, state } = await this.#driver.getContent(path, condition).catch(ofDriver);
    return { content, crc64, state: fileState(state) };
  }

  /** Makes a file or replaces all of one, by at most 128 MiB. */
  async put(path: string, content: Uint8Array, options: WriteOptions = {}): Promise<Written> {
    return written(await this.#driver.putContent(path, content, toWrite(options)).catch(ofDriver));
  }

  /** The last bytes of a file, at most 16 MiB. */
  async tail(
    path: string,
    length: number,
    condition: wit.ReadCondition = {},
  ): Promise<{ content: Uint8Array; crc64: bigint; state: FileState }> {
    const { content, crc64, state } = await this.#driver.readTail(path, whole(length, 'length'), condition).catch(ofDriver);
    return { content, crc64, state: fileState(state) };
  }

  /** Adds at most 128 MiB behind the end of a file that was made by appending and has `position` bytes. */
  async append(
    path: string,
    position: number,
    content: Uint8Array,
    { before, window }: { before?: bigint; window?: Window } = {},
  ): Promise<Written> {
    const at = whole(position, 'position');
    return written(await this.#driver.append(path, at, before, content, window && toWindow(window)).catch(ofDriver));
  }

  /**
   * The content of a file, or a part of it, as a stream. It fails, after what came before, unless what came is what OSS holds.
   * Cancelled, nothing more is fetched.
   */
  async read(
    path: string,
    { offset = 0, length, ...condition }: ReadOptions = {},
  ): Promise<{ state: FileState; body: ReadableStream<Uint8Array> }> {
    const from = whole(offset, 'offset');
    const [state, stream, end] = await this.#driver
      .readStream(path, from, wholeOr(length, 'length'), condition)
      .catch(ofDriver);
    return { state: fileState(state), body: readable(stream, end) };
  }

  /**
   * Writes a stream into a file: what was up to the offset, and the content, whole or not at all. `sizeHint` is the number of
   * bytes to come, where it is known.
   */
  async write(
    path: string,
    content: Content,
    { offset = 0, sizeHint, ...options }: WriteOptions & { offset?: number; sizeHint?: number } = {},
  ): Promise<Written> {
    const [at, hint] = [whole(offset, 'offset'), wholeOr(sizeHint, 'sizeHint')];
    const outgoing = new Outgoing(content);
    const { stream, end } = outgoing;
    const call = this.#driver.writeStream(path, at, stream, end, hint, toWrite(options));
    const [, done] = await call.catch((thrown) => ofDriver(thrown, outgoing.failed));
    return written(done);
  }

  /** Begins a file, or goes on with one. */
  async writer(
    path: string,
    start: WriterStart = 'anew',
    { sizeHint, at, contentType }: WriterOptions = {},
  ): Promise<BlobWriter> {
    const options = { contentType, sizeHint: wholeOr(sizeHint, 'sizeHint'), at: wholeOr(at, 'at') };
    return new BlobWriter(await this.#driver.writer(path, toStart(start), options).catch(ofDriver));
  }

  /** What is known of a file or directory. Fails with `not-found`. */
  async stat(path: string): Promise<FileInfo> {
    return info(await this.#driver.stat(path).catch(ofDriver));
  }

  /** The paths of what is directly in a directory, in byte order. */
  async list(path: string): Promise<{ paths: string[]; leftOut: number }> {
    const { paths, leftOut } = await this.#driver.list(path).catch(ofDriver);
    return { paths, leftOut: count(leftOut) };
  }

  /** One page of what is in a directory. */
  async page(path: string, { recursive = false, startAfter, limit }: Partial<wit.PageOptions> = {}): Promise<Page> {
    const page = await this.#driver.listPage(path, { recursive, startAfter, limit }).catch(ofDriver);
    return { entries: page.entries.map(info), next: page.next };
  }

  /** Everything below a directory, in the order of a registry's walk. */
  async *walk(path: string, startAfter?: string): AsyncGenerator<FileInfo, void, undefined> {
    const [stream, end] = await this.#driver.walk(path, startAfter).catch(ofDriver);
    for await (const entry of entries(stream, end)) {
      yield info(entry);
    }
  }

  /** Copies a file over any that is there, on OSS's side. */
  async copy(source: string, destination: string, options: PublishOptions = {}): Promise<Written> {
    return written(await this.#driver.copy(source, destination, toPublish(options)).catch(ofDriver));
  }

  /** Moves a file over any that is there. */
  async move(source: string, destination: string, options: PublishOptions = {}): Promise<Written> {
    return written(await this.#driver.move(source, destination, toPublish(options)).catch(ofDriver));
  }

  /** Removes a file, and a directory with all that is below it. Fails with `not-found`. */
  async delete(path: string, window?: Window): Promise<void> {
    await this.#driver.delete(path, window && toWindow(window)).catch(ofDriver);
  }

  /** Removes files, and nothing that is below their paths; fine where there are none. */
  async deleteFiles(paths: string[], window?: Window): Promise<void> {
    await this.#driver.deleteFiles(paths, window && toWindow(window)).catch(ofDriver);
  }

  /** A URL by which anyone can read a file for so many seconds. Default 1200. */
  async urlFor(
    path: string,
    { method = 'get', expiry }: { method?: wit.UrlMethod; expiry?: number } = {},
  ): Promise<SignedUrl> {
    const signed = await this.#driver.urlFor(path, method, wholeOr(expiry, 'expiry')).catch(ofDriver);
    return { ...signed, holdsFor: count(signed.holdsFor) };
  }

  /** The uploads below a path that were begun at least so many seconds ago and never finished. */
  async *uploads(path: string, olderThan: number): AsyncGenerator<Upload, void, undefined> {
    const [, stream, end] = await this.#driver.listUploads(path, whole(olderThan, 'olderThan')).catch(ofDriver);
    for await (const upload of entries(stream, end)) {
      yield { ...upload, initiated: moment(upload.initiated) };
    }
  }

  /** Aborts these uploads and no others. */
  async removeUploads(uploads: Pick<Upload, 'path' | 'uploadId'>[]): Promise<void> {
    // When they were begun is not used.
    const known = uploads.map(({ path, uploadId }) => ({ path, uploadId, initiated: 0n }));
    await this.#driver.removeUploads(known).catch(ofDriver);
  }

  /** Hands over credentials of the source `host`. */
  async supplyCredentials(given: TemporaryCredentials): Promise<void> {
    await settled(() => this.#driver.supplyCredentials(toTemporary(given))).catch(ofStorage);
  }

  /** Hands over a newer token of the source `oidc-role`. */
  async supplyOidcToken(token: string): Promise<void> {
    await settled(() => this.#driver.supplyOidcToken(token)).catch(ofStorage);
  }

  /** Frees what the component keeps for this driver. */
  [Symbol.dispose](): void {
    free(this.#driver);
  }
}

function toWrite({ contentType, ...publish }: WriteOptions): wit.WriteOptions {
  return { contentType, publish: toPublish(publish) };
}

function fileState({ size, etag, modified, contentType }: wit.FileState): FileState {
  return { size: count(size), etag, modified: momentOr(modified), contentType };
}

function info({ path, size, modified, isDir, etag }: wit.FileInfo): FileInfo {
  return { path, size: count(size), modified: moment(modified), isDir, etag };
}
