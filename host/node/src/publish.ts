/** What becomes a file, on which conditions, and what came of it. */

import type * as wit from './components/blobs/interfaces/ossicle-storage-blob-driver.js';
import { toWindow, type Window } from './lease.js';
import { count } from './numbers.js';

/** On which conditions OSS makes what was written or copied a file. */
export interface PublishOptions {
  /** Refuse it with `conflict` where there is a file already. */
  createOnly?: boolean;
  /** When OSS may take it: `window` of a lease. It fails with `too-late` afterwards. */
  window?: Window;
}

/** A change that took effect. */
export interface Written {
  size: number;
  etag?: string;
  crc64?: bigint;
  /** Whether an earlier copy of the request may take effect once more until the window's end. It writes the same. */
  perhapsAgain: boolean;
}

export function toPublish({ createOnly = false, window }: PublishOptions): wit.PublishOptions {
  return { createOnly, window: window && toWindow(window) };
}

export function written({ size, etag, crc64, perhapsAgain }: wit.Written): Written {
  return { size: count(size), etag, crc64, perhapsAgain };
}
