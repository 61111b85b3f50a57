//! What a person or a program sees and sends: standard output and error, text that may be foreign, and signals.

mod format;

pub mod foreign;
pub mod output;
pub mod progress;
pub mod schema;
pub mod signals;
pub mod trace;

pub use format::Format;
pub use ossicle_terms::text;
