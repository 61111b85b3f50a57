//! The core's storage port over the imported driver.

mod bucket;
mod content;
mod error;
mod reading;
mod uploads;
mod values;
mod writer;

pub use bucket::Bucket;
pub use error::described;
