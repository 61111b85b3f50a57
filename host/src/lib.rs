//! Certificates and registry blobs in Alibaba Cloud OSS, kept by WebAssembly components that can do nothing else.
//!
//! The components speak OSS: they sign, send, retry and check. This library runs them, in wasmtime, for one tenant or
//! many, and gives each a typed handle to call it by.
//!
//! ```no_run
//! use ossicle::{Config, Credentials, Engine, EngineOptions, Limits};
//!
//! # async fn example() -> Result<(), ossicle::Error> {
//! let engine = Engine::new(EngineOptions::new())?;
//! let config = Config::new("certificates", "cn-hangzhou", Credentials::new("LTAI-id", "secret"));
//! let tenant = engine.tenant("example", config, Limits::default())?;
//! let certificates = tenant.certificates();
//!
//! certificates.store("sites/example.com.crt", "-----BEGIN CERTIFICATE-----").await?;
//! assert!(certificates.exists("sites/example.com.crt").await?);
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! * The component can send HTTP requests to its tenant's endpoint, read a clock and draw random bytes. Requests to
//!   anywhere else are refused, by name and by address.
//! * It can't take more memory than [`Limits::memory`], compute for longer than [`Limits::cpu`] in one go, have more than
//!   [`Limits::requests`] requests open, or keep a caller for longer than [`Limits::call_timeout`]; a stream of a blob, for
//!   longer than that without moving.
//! * Whatever it does, other tenants of the engine go on, and so does the process.
//! * Requests to the metadata service or to STS are let out for a tenant whose config chose these credentials, and for what
//!   gives them alone.
//! * Secrets that are held are wiped when dropped, here and in the component. Copies on their way between the two are freed
//!   memory of this process: a program that wants these wiped too does as the `ossicle` command does and takes an allocator
//!   that wipes, such as `zeroizing-alloc`.
//! * A call ends with its result, or with an [`Error`] that says whether something may have happened.
//!
//! # Handles
//!
//! A [`Tenant`] is one bucket. [`Tenant::certificates`], [`Tenant::blobs`] and [`Tenant::locks`] share its connections, limits,
//! metrics and credentials. Handles are cheap to clone. Their futures need no particular runtime, are `Send` and borrow nothing,
//! as far as that holds of a content that is to be written; one that is never polled does nothing.
//!
//! # Defaults
//!
//! | what | default | by |
//! |---|---|---|
//! | endpoint, addressing, signature | the public one over HTTPS, automatic, V4 | [`Config`] |
//! | attempts of a request | 3 | [`Config::attempts`] |
//! | ACL of what is written | private | [`ObjectAcl`] |
//! | parts of an upload | 10 MiB, 4 at once | [`BlobOptions`] |
//! | a call | 2 minutes in all, of a stream without moving | [`Limits::call_timeout`] |
//! | memory of an instance | 256 MiB, taken as it is used | [`Limits::memory`] |
//! | requests, calls, streams at once | 64, 256, 128 each way | [`Limits`] |
//! | instances | at most 256 in an engine | [`Allocation`] |
//! | certificate authorities | the machine's and Mozilla's | [`TrustRoots`] |
//! | proxies | none | [`EngineOptions::proxies`] |
//!
//! A config file says the same in kebab-case: [`Config`], which is what the command's file has, [`Limits`], [`EngineLimits`] and
//! [`TenantSettings`] are read by serde, and [`parse_duration`], [`parse_size`] and `FromStr` of [`Endpoint`] read what the
//! command's flags and variables have.
//!
//! # Features and minimum Rust
//!
//! There are no features to choose. The minimum Rust is 1.95, as `rust-version` says, and changes with the middle number of the
//! version only. The crate compiles wasmtime with Cranelift, which takes minutes once.
//!
//! # In a service
//!
//! * [`Tenants`] keeps tenants by name: they are added, replaced and removed, one by one or by a whole config that was read
//!   again, while calls go on.
//! * [`Tenant::metrics`] has counters, histograms and gauges, and [`Engine::usage`] what all tenants have together.
//! * Each call is a span of `tracing`, below the caller's own, and each HTTP request is one below its call's, named by
//!   OpenTelemetry's conventions. [`Tenant::with_request_id`] has calls bear an id of the caller's, which is in the spans and,
//!   beside OSS's, in errors ([`Error::ids`]).
//! * All tenants share the bounds of [`EngineOptions`] (instances, connections, lookups, memory), of which none gets so much
//!   that others get nothing.
//! * A [`Config`] is trusted by default with what the process itself may do: files that it names are read and sent where it
//!   says, the machine's role is asked for, private networks are reached. Where configs come from tenants,
//!   [`EngineOptions::policy`] with [`Policy::untrusted`] refuses these before anything is opened or looked up.
//! * A caller of a stream that stops reading or bringing keeps its turn and its room. Where callers are clients of the
//!   service, [`Limits::caller_timeout`] cuts them off; the default is to wait.
//! * Proxies of the environment are ignored unless [`EngineOptions::proxies`] is given
//!   [`Proxies::from_environment`]. An `https://` endpoint is reached in a tunnel, so the proxy learns
//!   its name alone, but it then looks the name up: addresses can't be checked.
//!
//! A component's requests go to its tenant's bucket and to what gives it credentials, and to nothing else: the host checks scheme,
//! name, port and address, with path-style addressing the bucket in the path, and the bucket that a copy reads from.
//!
//! Tenants are kept apart by the sandbox, not by processes: against attacks on the processor's speculation, run tenants
//! who mistrust each other in processes of their own.

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod admission;
mod blobs;
mod call;
mod certificates;
mod clock;
mod config;
mod duration;
mod egress;
mod engine;
mod engine_limits;
mod error;
mod instance;
mod limits;
mod locks;
mod metrics;
mod moment;
mod progress;
mod size;
mod tenant;
mod window;
mod wit;

pub use blobs::{
    BlobError, BlobReason, Blobs, BrokenContent, Cause, DirectoryPage, Download, Entries, FileContent, FileInfo,
    FileState, FileTail, PageOptions, PathListing, PublishOptions, ReadCondition, ReadOptions, Removal, SignedUrl,
    StoredContent, StoredPiece, UploadInfo, Uploads, UrlMethod, Walk, WriteOptions, Writer, WriterOptions, WriterStart,
    WrittenFile,
};
pub use certificates::{
    Certificates, KeyEntry, KeyInfo, KeyListing, ListedValue, Protection, Reencrypted, StoredValue,
};
pub use config::{
    Addressing, BlobOptions, CertificateOptions, ClearValues, Config, CredentialSource, Credentials, EcsRole,
    Encryption, Endpoint, InterlockOptions, InvalidEndpoint, KeyEncryption, Kms, LockOptions, ObjectAcl, OidcRole,
    Parameters, Policy, RamRole, Secret, ServerSideEncryption, SignatureVersion, StorageClass, TemporaryCredentials,
    TenantConfig, Timeouts,
};
pub use egress::{CertificateProblem, ConnectionCause, ConnectionProblem, Proxies, TrustRoots};
#[doc(hidden)]
pub use egress::{PooledClient, WasiBody};
pub use engine::{Allocation, Engine, EngineOptions, Level, Usage};
pub use engine_limits::EngineLimits;
pub use error::{
    Answer, CallIds, ConfigProblem, Error, ErrorKind, Failure, InvalidRequestId, RequestId, Retirement, SetupProblem,
    StorageError,
};
pub use limits::Limits;
pub use locks::{Holder, Lease, LockError, LockGuard, LockInfo, LockState, Locker, Locks, Unlocked, Written};
pub use metrics::{Gauges, Histogram, Metrics};
pub use tenant::{Applied, RefusedTenant, Tenant, TenantSettings, Tenants};
pub use window::Window;

pub use bytes::Bytes;
pub use futures_util::Stream;
pub use ossicle_amounts::{InvalidDuration, InvalidSize, parse_duration, parse_size};
pub use secrecy::{ExposeSecret, SecretString};
pub use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite};
pub use tokio::runtime::Handle;
pub use tokio_util::sync::CancellationToken;
pub use zeroize::Zeroizing;
