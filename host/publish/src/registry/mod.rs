//! The registry that an artifact is pushed to.

mod authorization;
mod error;
mod exchange;
mod push;

pub use error::PushError;
pub use push::Registry;
