//! Sizes and spans of time as settings have them, read in one way by the host library, by the command and by the command as a
//! component.
#![forbid(unsafe_code)]

mod size;
mod span;

pub use size::{InvalidSize, parse_size};
pub use span::{InvalidDuration, parse_duration};
