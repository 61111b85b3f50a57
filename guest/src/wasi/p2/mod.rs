//! The flavour for WASI 0.2: an export polls until its call has ended, and bytes are passed in pieces.

/// Exports, each as an `async fn`: here one that returns when it has ended.
macro_rules! calls {
    () => {};
    (async fn $name:ident($($parameter:tt)*) -> $result:ty $call:block $($rest:tt)*) => {
        fn $name($($parameter)*) -> $result {
            $crate::wasi::p2::executor::run::<$result>(async move { $call })
        }

        calls! { $($rest)* }
    };
}

mod clocks;
#[cfg(feature = "blobs")]
mod content_call;
#[cfg(feature = "blobs")]
mod content_upload;
pub(super) mod executor;
#[cfg(feature = "blobs")]
mod file_writer;
#[cfg(feature = "blobs")]
mod piece;
#[cfg(feature = "blobs")]
pub(super) mod streams;
mod transport;
mod waits;

#[cfg(feature = "blobs")]
pub(super) use self::content_upload::ContentUpload;
#[cfg(feature = "blobs")]
pub(super) use self::file_writer::Writer;
