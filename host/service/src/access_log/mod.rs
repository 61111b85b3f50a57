//! The access log: a line for each request in the common or the combined log format, and what a request that is over leads
//! to.
//!
//! The server begins an [`Observation`] with each request and drops it when the response's body is over, or was given up.
//! Then its line is written and the notifications about what it did are queued. Neither makes a client wait.

mod line;
mod observers;
mod settings;
mod writer;

pub use observers::{Observation, Observers};
pub use settings::{AccessLogError, AccessLogSettings, LogFormat, LogTarget};
pub use writer::AccessLog;
