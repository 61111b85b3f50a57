//! This machine's files.

pub mod draft;
pub mod folders;
