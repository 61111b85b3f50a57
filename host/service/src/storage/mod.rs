//! The registry core's storage port over the library's driver for blobs.

mod content;
mod driver;
mod error;
mod reading;
mod time;
mod uploads;
mod writer;

pub use content::StoredContent;
pub use driver::Driver;
pub use writer::StoredWriter;
