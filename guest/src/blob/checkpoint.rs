//! A checkpoint stores what OSS can't tell about an upload, in an object of its own: how much of the content comes from
//! the file that the upload continues, the size that was planned, and the bytes that fill no part when a writer is
//! closed (the content of a part can't be read, and only the last part may be smaller than 100 KiB).
//!
//! The object's name, `~ossicle/` and the upload's id below the driver's root, is not a path, so no listing, walk or
//! read finds it. The object holds 40 bytes (a mark and four little-endian numbers of eight bytes) and the content.

use bytes::Bytes;

use super::driver::Inner;
use super::part_size::{MAX_HELD_PART, MAX_OBJECT};
use super::path::directory_of;
use super::upload::Remainder;
use crate::error::{Error, ErrorKind};
use crate::key::{ObjectName, Root};
use crate::oss::Change;
use crate::ports::Ports;

const MARK: [u8; 8] = *b"ossicle2";
/// The length of the header before the content.
const HEAD: usize = 40;

/// How the content of an upload begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// How many bytes at the beginning of the content are those of the file that the upload continues.
    pub(super) kept: u64,
    /// The CRC-64 of these bytes, if they are too few for parts of their own and share a part with what follows;
    /// otherwise 0.
    pub(super) kept_crc64: u64,
    /// The expected size of the content in bytes; 0 if unknown.
    pub(super) planned: u64,
}

/// The checkpoint of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checkpoint {
    pub(super) origin: Origin,
    pub(super) remainder: Remainder,
}

/// The prefix of the names of all checkpoints of a driver.
pub(super) fn directory(root: &Root) -> String {
    [&directory_of(root), "~ossicle/"].concat()
}

/// The name of an upload's checkpoint.
pub(super) fn name(root: &Root, upload_id: &str) -> Option<ObjectName> {
    ObjectName::listed([&directory(root), upload_id].concat())
}

/// Stores a checkpoint, replacing any that exists. `rest` are the bytes of the content from `start` on. 1 request.
pub(super) async fn keep<P: Ports>(
    inner: &Inner<P>,
    path: &str,
    upload_id: &str,
    origin: Origin,
    start: u64,
    rest: &[u8],
) -> Result<(), Error> {
    let object = name(inner.root(), upload_id).ok_or_else(|| too_long(path))?;
    let bytes = encode(origin, start, rest);
    // Use the configured encryption, but the bucket's storage class: an archived object could not be read when the
    // upload is continued.
    let attributes = inner.options.attributes.encryption();
    let change = Change::default();
    inner.client.put_object_with(path, &object, Bytes::from(bytes), &attributes, change).await.map(drop)
}

/// Loads a checkpoint; `None` if there is none. 1 request.
pub(super) async fn load<P: Ports>(inner: &Inner<P>, path: &str, upload_id: &str) -> Result<Option<Checkpoint>, Error> {
    let Some(object) = name(inner.root(), upload_id) else { return Ok(None) };
    match inner.client.get_object(path, &object, MAX_HELD_PART + HEAD as u64).await {
        Ok(loaded) => decode(loaded.bytes.into()).map(Some).ok_or_else(|| {
            let message = format!(
                "the object {:?} is not what a suspended upload keeps there: remove the upload (remove-uploads) and begin \
                 anew",
                object.as_str()
            );
            Error::new(ErrorKind::Corrupt, path, message)
        }),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a checkpoint; not an error if there is none. 1 request.
pub(super) async fn remove<P: Ports>(inner: &Inner<P>, path: &str, upload_id: &str) -> Result<(), Error> {
    match name(inner.root(), upload_id) {
        Some(object) => inner.client.delete_object(path, &object).await.map(drop),
        None => Ok(()),
    }
}

pub(super) fn encode(origin: Origin, start: u64, rest: &[u8]) -> Vec<u8> {
    let numbers = [origin.kept, origin.kept_crc64, origin.planned.min(MAX_OBJECT), start].map(u64::to_le_bytes);
    let mut bytes = Vec::with_capacity(HEAD + rest.len());
    bytes.extend_from_slice(&MARK);
    bytes.extend_from_slice(numbers.as_flattened());
    bytes.extend_from_slice(rest);
    bytes
}

/// Decodes a stored checkpoint. Anyone may have stored it, so every number is checked against its limit.
pub(super) fn decode(mut bytes: Vec<u8>) -> Option<Checkpoint> {
    let (head, content) = bytes.split_first_chunk::<HEAD>()?;
    let ([mark, kept, kept_crc64, planned, start], []) = head.as_chunks::<8>() else { return None };
    let [kept, kept_crc64, planned, start] =
        [kept, kept_crc64, planned, start].map(|number| u64::from_le_bytes(*number));
    let length = content.len() as u64;
    let is_sound = *mark == MARK
        && length <= MAX_HELD_PART
        && kept <= MAX_OBJECT
        && planned <= MAX_OBJECT
        && start.checked_add(length).is_some_and(|end| end <= MAX_OBJECT);
    if !is_sound {
        return None;
    }
    bytes.drain(..HEAD);
    Some(Checkpoint { origin: Origin { kept, kept_crc64, planned }, remainder: Remainder { start, bytes } })
}

fn too_long(path: &str) -> Error {
    Error::new(ErrorKind::Unsupported, path, "the root leaves no room for the name of what is kept beside an upload")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_kept_is_taken() {
        let origin = Origin { kept: 7, kept_crc64: 8, planned: 9 };
        let bytes = encode(origin, 10, b"abc");
        assert_eq!(bytes.len(), HEAD + 3);
        let remainder = Remainder { start: 10, bytes: b"abc".to_vec() };
        assert_eq!(decode(bytes.clone()), Some(Checkpoint { origin, remainder }));
        assert_eq!(decode(bytes[..HEAD - 1].to_vec()), None);
        let mut other = bytes;
        other[0] = b'O';
        assert_eq!(decode(other), None);
    }

    /// 8.3: whatever is stored there, no number is taken that can't be.
    #[test]
    fn numbers_that_can_not_be_are_refused() {
        let sound = Origin { kept: MAX_OBJECT, kept_crc64: u64::MAX, planned: MAX_OBJECT };
        assert!(decode(encode(sound, MAX_OBJECT, b"")).is_some());
        for (origin, start, rest) in [
            (Origin { kept: MAX_OBJECT + 1, ..sound }, 0, &b""[..]),
            (sound, u64::MAX, b"abc"),
            (sound, MAX_OBJECT - 2, b"abc"),
        ] {
            assert_eq!(decode(encode(origin, start, rest)), None, "{origin:?} {start}");
        }
        let mut planned = encode(sound, 0, b"");
        planned[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(decode(planned), None);
    }
}
