//! What the `ossicle` command and the component with the same verbs (`guest/faces/command`) have in common, so that both are
//! used in the same way: the names of settings and of environment variables, which of several sources counts, exit codes,
//! and the sentences for people.
//!
//! Nothing here sends, reads files or knows a host. It compiles natively and to WebAssembly.
#![forbid(unsafe_code)]

mod action;
mod error_kind;
mod exit;
mod failure;
mod field;
mod given;
mod origin;

pub mod environment;
pub mod foreign;
pub mod sentence;
pub mod text;

pub use action::Action;
pub use error_kind::ErrorKind;
pub use exit::Exit;
pub use failure::{Answer, Failure};
pub use field::{Field, Kind};
pub use given::{Given, Value};
pub use origin::Origin;

/// What the value of a certificate's key may have at most, in bytes, by the contract of the component.
pub const VALUE_LIMIT: u64 = 16 << 20;
