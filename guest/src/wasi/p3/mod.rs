//! The flavour for WASI 0.3: exports are asynchronous, and bytes are passed as streams.

/// Exports, each as an `async fn`: here that is what they are.
macro_rules! calls {
    ($($call:tt)*) => { $($call)* };
}

mod clocks;
#[cfg(feature = "blobs")]
mod file_writer;
mod options;
#[cfg(feature = "blobs")]
pub(super) mod streams;
mod transport;
#[cfg(feature = "blobs")]
mod unchecked_read;

#[cfg(feature = "blobs")]
pub(super) use self::file_writer::Writer;
#[cfg(feature = "blobs")]
pub(super) use self::transport::IncomingBody;
#[cfg(feature = "blobs")]
pub(super) use self::unchecked_read::Unchecked;
