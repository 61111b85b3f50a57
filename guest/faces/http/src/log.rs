//! The log on standard error, for what only the operator may know.

use crate::bindings::wasi::cli::stderr;
use crate::bindings::wit_stream;

/// Writes a line. Where standard error is closed, nobody is to know.
pub async fn line(text: &str) {
    let (mut writer, reader) = wit_stream::new::<u8>();
    let end = stderr::write_via_stream(reader);
    writer.write_all(format!("{text}\n").into_bytes()).await;
    drop(writer);
    let _closed = end.await;
}
