//! This machine's files.

pub mod atomic_file;
pub mod folders;
