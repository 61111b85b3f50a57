//! Why a command did not do what was asked, how it ends with that, and what a person and a program are told of it.

mod action;
mod error;
mod exit;
mod holder;
mod kind;
mod start;
mod upload;

pub mod report;

pub use action::Action;
pub use error::Trouble;
pub use exit::Exit;
pub use holder::document as holder_document;
pub use upload::UploadTrouble;
