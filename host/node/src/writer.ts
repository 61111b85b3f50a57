/** A file that is being written. */

import type * as wit from './components/blobs/interfaces/ossicle-storage-blob-driver.js';
import { ofDriver, OssicleError } from './error.js';
import { free, settled } from './jco.js';
import { count } from './numbers.js';
import { type PublishOptions, toPublish, type Written, written } from './publish.js';
import { type Content, Outgoing } from './streams.js';

/** What a writer goes on with: nothing, the newest upload or else the file, the file, or the upload of this id. */
export type WriterStart = 'anew' | 'newest' | 'file' | { upload: string };

/** How a writer begins. */
export interface WriterOptions {
  /** How many bytes the whole file will have, as far as that is known. */
  sizeHint?: number;
  contentType?: string;
  /** How many bytes must be there already: it fails with `conflict` otherwise. */
  at?: number;
}

/**
 * Nothing can be read of the file before `commit`. Left without `close`, `commit` or `cancel` it is as after a crash: what was
 * sent in whole parts stays, is billed, and can be gone on with.
 */
export class BlobWriter {
  readonly #writer: wit.FileWriter;

  /** For `Blobs.writer`. */
  constructor(writer: wit.FileWriter) {
    this.#writer = writer;
  }

  /** Adds content to the end and tells how many bytes it had. After a failure `size` tells how much of it counts. */
  async write(content: Content): Promise<number> {
    const outgoing = new Outgoing(content);
    const added = count(await this.#writer.write(outgoing.stream).catch(ofDriver));
    const end = await outgoing.end;
    if (end.tag === 'err') {
      throw new OssicleError(`the content failed: ${end.val}`, { kind: 'broken-content', cause: outgoing.failed });
    }
    return added;
  }

  /** The bytes written so far, by this writer and those before it. */
  async size(): Promise<number> {
    return count(await settled(() => this.#writer.size()));
  }

  /** OSS's id of the upload; none while there is none. */
  async uploadId(): Promise<string | undefined> {
    return settled(() => this.#writer.uploadId());
  }

  /** Keeps what was written, in OSS, for another writer to go on with. */
  async close(): Promise<void> {
    await this.#writer.close().catch(ofDriver);
  }

  /** Drops everything that was written. */
  async cancel(): Promise<void> {
    await this.#writer.cancel().catch(ofDriver);
  }

  /** Makes it the file's content, over any that is there. */
  async commit(options: PublishOptions = {}): Promise<Written> {
    return written(await this.#writer.commit(toPublish(options)).catch(ofDriver));
  }

  /** Frees what the component keeps for this writer. */
  [Symbol.dispose](): void {
    free(this.#writer);
  }
}

export function toStart(start: WriterStart): wit.WriterStart {
  return typeof start === 'string' ? { tag: start } : { tag: 'upload', val: start.upload };
}
