//! What gives temporary access keys to whoever has no other: RAM roles, the metadata service of an ECS instance, and STS.
//!
//! The keys are known to OSS from the moment they are given until they expire.

mod issue;
mod metadata;
mod oidc;
mod role;
mod signed;
mod state;
mod sts;

pub(crate) use metadata::{answer as answer_metadata, operation as operation_of_metadata};
pub use oidc::OidcToken;
pub use role::Role;
pub use state::Ram;
pub(crate) use sts::{Asked, answer as answer_sts, operation as operation_of_sts, refusal as sts_refusal};
