//! What makes no whole part of an upload that is suspended. OSS gives no part of an upload back, and takes parts of less
//! than 100 KiB as the last ones only; so this much is kept in an object of its own until the upload goes on.
//!
//! Its name, `~ossicle/` and the upload's id below the driver's root, is no path: nothing lists it, walks over it or reads
//! it. It holds 24 bytes (a mark, where in the content it stands, the size of the upload's parts) and the content.

use bytes::Bytes;

use super::driver::Inner;
use super::part_size::MAX_HELD_PART;
use super::path::directory_of;
use super::upload::Tail;
use crate::error::{Error, ErrorKind};
use crate::key::{ObjectName, Root};
use crate::ports::Ports;

const MARK: [u8; 8] = *b"ossicle1";
/// What stands before the content.
const HEAD: usize = 24;

/// What the names of all tails of a driver begin with.
pub(super) fn directory(root: &Root) -> String {
    [&directory_of(root), "~ossicle/"].concat()
}

/// The name of an upload's tail.
pub(super) fn name(root: &Root, upload_id: &str) -> Option<ObjectName> {
    ObjectName::listed([&directory(root), upload_id].concat())
}

/// Keeps a tail. 1 request.
pub(super) async fn keep<P: Ports>(
    inner: &Inner<P>,
    path: &str,
    upload_id: &str,
    start: u64,
    part_size: u64,
    rest: &[u8],
) -> Result<(), Error> {
    let object = name(inner.root(), upload_id).ok_or_else(|| too_long(path))?;
    let head = [MARK, start.to_le_bytes(), part_size.to_le_bytes()];
    let mut bytes = Vec::with_capacity(HEAD + rest.len());
    bytes.extend_from_slice(head.as_flattened());
    bytes.extend_from_slice(rest);
    // Encrypted as the rest, but of the bucket's class: what is archived could not be read when the upload goes on.
    let attributes = inner.options.attributes.encryption();
    inner.client.put_object_with(path, &object, Bytes::from(bytes), &attributes).await
}

/// A tail that was kept; `None` where there is none. 1 request.
pub(super) async fn load<P: Ports>(inner: &Inner<P>, path: &str, upload_id: &str) -> Result<Option<Tail>, Error> {
    let Some(object) = name(inner.root(), upload_id) else { return Ok(None) };
    match inner.client.get_object(path, &object, MAX_HELD_PART + HEAD as u64).await {
        Ok(loaded) => decode(loaded.bytes.into()).map(Some).ok_or_else(|| {
            let message = format!("the object {:?} is not what a suspended upload keeps there", object.as_str());
            Error::new(ErrorKind::Corrupt, path, message)
        }),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a tail; fine when there is none. 1 request.
pub(super) async fn remove<P: Ports>(inner: &Inner<P>, path: &str, upload_id: &str) -> Result<(), Error> {
    match name(inner.root(), upload_id) {
        Some(object) => inner.client.delete_object(path, &object).await,
        None => Ok(()),
    }
}

fn decode(mut bytes: Vec<u8>) -> Option<Tail> {
    let (mark, rest) = bytes.split_first_chunk::<8>()?;
    let (start, rest) = rest.split_first_chunk::<8>()?;
    let (part_size, content) = rest.split_first_chunk::<8>()?;
    let (start, part_size) = (u64::from_le_bytes(*start), u64::from_le_bytes(*part_size));
    let is_sound = *mark == MARK && content.len() as u64 <= part_size && part_size <= MAX_HELD_PART;
    if !is_sound {
        return None;
    }
    bytes.drain(..HEAD);
    Some(Tail { start, part_size, bytes })
}

fn too_long(path: &str) -> Error {
    Error::new(ErrorKind::Unsupported, path, "the root leaves no room for the name of what a suspended upload keeps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_kept_is_taken() {
        let tail = Tail { start: 10, part_size: 5, bytes: b"abc".to_vec() };
        let mut bytes = [MARK, 10u64.to_le_bytes(), 5u64.to_le_bytes()].concat();
        bytes.extend_from_slice(b"abc");
        assert_eq!(decode(bytes.clone()), Some(tail));
        assert_eq!(decode(bytes[..23].to_vec()), None);
        assert_eq!(decode([&bytes[..], b"def"].concat()), None, "more than a part");
        bytes[0] = b'O';
        assert_eq!(decode(bytes), None);
    }
}
