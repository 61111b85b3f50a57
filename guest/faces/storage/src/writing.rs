//! Contents that go to the driver, as streams of Rust's.

use crate::bindings::ossicle::storage::blob_driver::{Driver, DriverError, FileWriter, WriteOptions, Written};
use crate::bindings::{wit_future, wit_stream};
use crate::streams;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::{Either, select};
use std::pin::pin;

/// Why a content was not added to a file.
pub enum WriteError<E> {
    /// The content ended with an error. What came before it counts.
    Content(E),
    /// The driver's.
    Driver(DriverError),
}

/// Adds a content to the end of a file.
///
/// # Errors
/// The content's own and the driver's.
pub async fn append<E>(
    writer: &FileWriter,
    content: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<(), WriteError<E>> {
    let (to_driver, from_here) = wit_stream::new::<u8>();
    let writing = pin!(writer.write(from_here));
    let pouring = pin!(streams::pour(content, to_driver));
    // A write that fails wants nothing more of the content, whose next piece may never come.
    let (result, poured) = match select(writing, pouring).await {
        Either::Left((result, _)) => (result, Ok(())),
        Either::Right((poured, writing)) => (writing.await, poured),
    };
    poured.map_err(WriteError::Content)?;
    result.map(|_taken| ()).map_err(WriteError::Driver)
}

/// Makes a content a file, or replaces all of one: once the content has ended, and not where it ended with an error.
///
/// # Errors
/// The driver's.
pub async fn whole(
    driver: &Driver,
    path: &str,
    content: impl Stream<Item = Result<Bytes, String>> + Unpin,
    size_hint: Option<u64>,
    options: WriteOptions,
) -> Result<Written, DriverError> {
    let (to_driver, from_here) = wit_stream::new::<u8>();
    let (end, ended) = wit_future::new(|| Err("it was given up".to_owned()));
    let writing = pin!(driver.write_stream(path.to_owned(), 0, from_here, ended, size_hint, options));
    let pouring = pin!(async {
        let poured = streams::pour(content, to_driver).await;
        // Where nobody asks, the call has failed already, and says why.
        let _unasked = end.write(poured).await;
    });
    let result = match select(writing, pouring).await {
        Either::Left((result, _)) => result,
        Either::Right(((), writing)) => writing.await,
    };
    result.map(|(_taken, written)| written)
}
