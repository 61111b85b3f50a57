/** Why a call failed. Holds no secret, no signature and no signed URL. */

import type { Cause, DriverError } from './components/blobs/interfaces/ossicle-storage-blob-driver.js';
import type { LockError as WitLockError } from './components/certificates/interfaces/ossicle-storage-lock.js';
import type * as wit from './components/certificates/interfaces/ossicle-storage-types.js';
import { count, momentOr } from './numbers.js';

/** What kind of failure it was: what a caller can act on. */
export type ErrorKind =
  | wit.ErrorKind['tag']
  /** Somebody else holds the lock: see `holder`. */
  | 'held'
  /** The lease is no more: what it protected may be in other hands. */
  | 'lost'
  /** The offset is negative. */
  | 'invalid-offset'
  /** The content to be written failed: see `cause`. Nothing was stored. */
  | 'broken-content';

/** Who holds a lock, as its log says. */
export interface Holder {
  owner: string;
  token: bigint;
  /** In milliseconds, unless the holder renews it. */
  remaining: number;
}

/** One of several paths that a call failed on. */
export interface Failure {
  path?: string;
  uploadId?: string;
  error: OssicleError;
}

export class OssicleError extends Error {
  override readonly name = 'OssicleError';
  declare readonly kind: ErrorKind;
  /** The key or path, or the lock's name. */
  declare readonly key?: string;
  /** The config's field, of `invalid-config`. */
  declare readonly field?: string;
  /** Whether the same call may succeed later without anything else being changed. */
  readonly retryable: boolean = false;
  /** Whether the request that failed may have taken effect, or may yet. */
  readonly undecided: boolean = false;
  /** Whether there were no credentials to ask OSS with. */
  readonly noCredentials: boolean = false;
  /** The HTTP status, where OSS answered. */
  declare readonly status?: number;
  /** OSS's error code, such as `NoSuchKey`. */
  declare readonly code?: string;
  /** OSS's EC. */
  declare readonly ec?: string;
  /** The request's id. */
  declare readonly requestId?: string;
  /** The host that serves the bucket, where the request went to another. */
  declare readonly endpoint?: string;
  /** OSS's time. */
  declare readonly date?: Date;
  /** Of `held`. */
  declare readonly holder?: Holder;
  /** What failed, of a call on several paths, and what failed on top of a failure. */
  readonly failures: readonly Failure[] = [];

  constructor(message: string, facts: Partial<OssicleError> & { kind: ErrorKind }) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    for (const [name, value] of Object.entries(facts)) {
      if (value !== undefined && name !== 'cause') {
        Object.defineProperty(this, name, { value, enumerable: true });
      }
    }
  }
}

/** What a component threw, as an error; what is none of its own is thrown as it is, and means that the instance has ended. */
export function ofStorage(thrown: unknown): never {
  const payload = payloadOf(thrown);
  throw payload === undefined ? thrown : fromError(payload as wit.Error);
}

export function ofLock(thrown: unknown): never {
  const payload = payloadOf(thrown) as WitLockError | undefined;
  switch (payload?.tag) {
    case undefined:
      throw thrown;
    case 'failed':
      throw fromError(payload.val);
    case 'lost':
      throw new OssicleError(payload.val.reason, { kind: 'lost', key: payload.val.name });
    case 'held': {
      const { name, owner, token, remaining } = payload.val;
      const holder = { owner, token, remaining: count(remaining) };
      const message = `the lock ${JSON.stringify(name)} is held by ${owner}`;
      throw new OssicleError(message, { kind: 'held', key: name, retryable: true, holder });
    }
  }
}

/** `cause` is what the content failed with that was to be written. */
export function ofDriver(thrown: unknown, cause?: unknown): never {
  const payload = payloadOf(thrown);
  throw payload === undefined ? thrown : fromDriver(payload as DriverError, cause);
}

export function fromDriver(error: DriverError, cause?: unknown): OssicleError {
  const key = error.path;
  if (error.reason.tag === 'invalid-offset') {
    return new OssicleError(`the offset ${error.offset} is negative`, { kind: 'invalid-offset', key });
  }
  if (error.reason.tag === 'broken-content') {
    return new OssicleError(`the content failed: ${error.reason.val}`, { kind: 'broken-content', key, cause });
  }
  const failures = error.causes.map(failure);
  const first = failures[0]?.error;
  const kind = first?.kind ?? 'service';
  return new OssicleError(first?.message ?? 'failed', { ...first, kind, key: key ?? first?.key, failures });
}

function failure({ path, uploadId, error }: Cause): Failure {
  return { path, uploadId, error: fromError(error) };
}

function fromError({ kind, key, message, answer, ...flags }: wit.Error): OssicleError {
  const said = answer === undefined ? '' : `: ${answer.status} ${answer.code} ${answer.message}`.trimEnd();
  return new OssicleError(message + said, {
    kind: kind.tag,
    key,
    field: kind.tag === 'invalid-config' ? kind.val : undefined,
    ...flags,
    status: answer?.status,
    code: answer?.code,
    ec: answer?.ec,
    requestId: answer?.requestId,
    endpoint: answer?.endpoint,
    date: momentOr(answer?.date),
  });
}

/** The `err` of a WIT result, as jco throws it. */
function payloadOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'payload' in thrown ? thrown.payload : undefined;
}
