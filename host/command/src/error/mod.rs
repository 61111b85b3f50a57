//! Why a command did not do what was asked, how it ends with that, and what a person and a program are told of it.

mod command_error;
mod holder;
mod kind;
mod start;
mod upload;

pub mod report;

pub use command_error::CommandError;
pub use holder::document as holder_document;
pub use ossicle_terms::{Action, Exit};
pub use upload::UploadError;
