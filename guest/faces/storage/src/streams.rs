//! Streams of bytes, between the component model and Rust.
//!
//! A piece is fetched when it is asked for, and the next one is only written when the one before was taken: whoever is slower
//! holds the other back.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use wit_bindgen::{StreamReader, StreamResult, StreamWriter};

/// What one read moves at most: beyond it nothing more is gained.
const CHUNK: usize = 256 * 1024;

/// What comes out of a stream, piece by piece. What a piece came in takes the next one, if nobody holds it any more: memory that
/// is given back is wiped, which would be one more copy of everything.
pub fn pieces(reader: StreamReader<u8>) -> impl Stream<Item = Bytes> {
    stream::unfold((Some(reader), Bytes::new()), async |(reader, before)| {
        let mut reader = reader?;
        let mut buffer = before.try_into_mut().map_or_else(
            |_held| Vec::new(),
            |mut free| {
                free.clear();
                free.into()
            },
        );
        loop {
            buffer.reserve(CHUNK);
            let (result, bytes) = reader.read(buffer).await;
            let goes_on = matches!(result, StreamResult::Complete(_));
            if !bytes.is_empty() {
                let piece = Bytes::from(bytes);
                return Some((piece.clone(), (goes_on.then_some(reader), piece)));
            }
            if !goes_on {
                return None;
            }
            buffer = bytes;
        }
    })
}

/// Writes a content until it ends, or until nobody reads it any more: then the reader knows why.
///
/// # Errors
/// The content's own.
pub async fn pour<E>(
    mut content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    mut writer: StreamWriter<u8>,
) -> Result<(), E> {
    while let Some(piece) = content.next().await {
        if !writer.write_all(piece?.into()).await.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}
