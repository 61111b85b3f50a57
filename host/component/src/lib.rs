//! The Ossicle components, as bytes: WebAssembly in the component model's binary format, ready for wasmtime 48 or any other
//! host of WASI 0.3. The storage components import `wasi:http`, `wasi:clocks` and `wasi:random`, nothing else; those for hosts of
//! WASI 0.2 `wasi:io` besides, by which these wait. A face imports what it shows itself by besides, and the storage components are
//! in it, byte by byte.

/// The component of `guest/` that keeps an ACME client's certificates: the world `ossicle:storage/certificates`, which exports
/// `cert-storage`.
pub const CERTIFICATES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-certificates.wasm"));

/// What is in [`CERTIFICATES`]: an SBOM in the JSON of CycloneDX 1.6, of the crates that were compiled into it.
pub const CERTIFICATES_SBOM: &str = include_str!("../sbom/certificates.cdx.json");

/// The component of `guest/` that keeps a registry's blobs: the world `ossicle:storage/blobs`, which exports `blob-driver`.
pub const BLOBS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-blobs.wasm"));

/// What is in [`BLOBS`], likewise.
pub const BLOBS_SBOM: &str = include_str!("../sbom/blobs.cdx.json");

/// [`CERTIFICATES`] for hosts of WASI 0.2: the world `certificates` of `ossicle:storage@0.2.0` (`wit/p2`).
pub const CERTIFICATES_P2: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-certificates-p2.wasm"));

/// What is in [`CERTIFICATES_P2`], likewise.
pub const CERTIFICATES_P2_SBOM: &str = include_str!("../sbom/certificates-p2.cdx.json");

/// [`BLOBS`] for hosts of WASI 0.2: the world `blobs` of `ossicle:storage@0.2.0` (`wit/p2`).
pub const BLOBS_P2: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-blobs-p2.wasm"));

/// What is in [`BLOBS_P2`], likewise.
pub const BLOBS_P2_SBOM: &str = include_str!("../sbom/blobs-p2.cdx.json");

/// The face of the command line, of `guest/faces/command`, with both storage components in it: a program for hosts that run
/// commands (`wasi:cli/run`), such as `wasmtime run`. It imports `wasi:cli` for the environment and standard streams besides.
pub const COMMAND: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-command.wasm"));

/// What is in [`COMMAND`], likewise: the crates of the face and of both storages.
pub const COMMAND_SBOM: &str = include_str!("../sbom/command.cdx.json");

/// The registry, of `guest/faces/registry`, with the storage component of blobs in it: a handler for hosts that serve HTTP
/// (`wasi:http/handler`), such as `wasmtime serve` and wasmCloud. It imports the environment and standard error besides.
pub const REGISTRY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-registry.wasm"));

/// What is in [`REGISTRY`], likewise: the crates of the face and of the storage.
pub const REGISTRY_SBOM: &str = include_str!("../sbom/registry.cdx.json");

/// The service, of `guest/faces/service`, with both storage components in it: certificates, locks and blobs of one bucket, for
/// hosts that serve HTTP. It imports the environment and standard error besides.
pub const SERVICE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-service.wasm"));

/// What is in [`SERVICE`], likewise: the crates of the face and of both storages.
pub const SERVICE_SBOM: &str = include_str!("../sbom/service.cdx.json");

/// The WIT package `ossicle:storage`, with its documentation, as WebAssembly: what registries of WIT packages keep.
pub const WIT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-wit.wasm"));

/// The same for hosts of WASI 0.2: `ossicle:storage@0.2.0`.
pub const WIT_P2: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ossicle-wit-p2.wasm"));
