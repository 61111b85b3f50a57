//! A strict emulator of Alibaba Cloud OSS.
//!
//! It verifies signatures of version 1, 2 and 4, keeps to the documented limits, ranges, conditions and error documents,
//! counts every request, and breaks connections, bodies and answers on demand. Beside it stand, on ports of their own, the
//! metadata service of an ECS instance and STS, whose temporary access keys it takes until they expire. It was written from OSS's documentation
//! and shares no code with any client.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use ossicle_emulator::{BucketSpec, Emulator, FaultAction, FaultRule, Operation};
//!
//! let emulator = Emulator::builder().bucket(BucketSpec::new("shop")).access_key("id", "secret").start().await?;
//! let fault = emulator.faults().add(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject).once());
//! println!("{}", emulator.endpoint());
//! emulator.bucket("shop").put_raw("key", "value");
//! assert_eq!(fault.hits(), 0);
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod address;
pub mod auth;
mod builder;
mod call;
mod checksum;
mod clock;
mod emulator;
mod ending;
mod failures;
mod faults;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod handle;
mod ids;
mod names;
mod operation;
mod ops;
mod options;
mod percent;
mod query;
mod ram;
mod reply;
mod routing;
mod server;
mod shared;
mod spec;
mod stats;
mod store;
mod timestamp;
mod tls;
mod xml;

pub use auth::{AccessKey, SignatureKind};
pub use builder::{Builder, StartError};
pub use checksum::{combine as combine_crc64, crc64};
pub use clock::Clock;
pub use emulator::Emulator;
pub use faults::{FaultAction, FaultHandle, FaultReport, FaultRule, Faults, Glob};
pub use handle::{BucketHandle, ObjectInfo, PendingUpload};
pub use operation::{Operation, UnknownOperation};
pub use options::{BadOption, BucketArg, CnameArg, KeyArg, Options, OtherKeyArg, RunError, run};
pub use query::Query;
pub use ram::{OidcToken, Ram, Role};
pub use spec::BucketSpec;
pub use stats::{RequestRecord, Snapshot};
pub use store::{DataError, SetAside, Versioning};
