/** Certificates, locks and registry blobs in Alibaba Cloud OSS, by the components of Ossicle. */

export {
  type BlobOptions,
  Blobs,
  type FileInfo,
  type FileState,
  type Page,
  type ReadOptions,
  type SignedUrl,
  type Upload,
  type WriteOptions,
} from './blobs.js';
export {
  type CertificateOptions,
  Certificates,
  type KeyEntry,
  type KeyInfo,
  type KeyListing,
  type ListedValue,
} from './certificates.js';
export type { Config, Credentials, CredentialSource, Endpoint, TemporaryCredentials, Timeouts } from './config.js';
export { type ErrorKind, type Failure, type Holder, OssicleError } from './error.js';
export type { Lease, Window } from './lease.js';
export { type LockInfo, type LockOptions, Locks } from './locks.js';
export type { PublishOptions, Written } from './publish.js';
export type { Content } from './streams.js';
export { type BlobWriter, type WriterOptions, type WriterStart } from './writer.js';
