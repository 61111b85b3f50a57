//! An input against what is stored of an upload that it is to go on with: an upload does not tell of what file it was
//! begun, and two files may have the same size.

use super::input::Input;
use crate::error::CommandError;
use crate::error::UploadError;
use crate::terminal::text;
use indicatif::ProgressBar;
use md5::{Digest, Md5};
use ossicle::{StoredContent, StoredPiece};
use ossicle_guest::checksum::Crc64;
use tokio::io::AsyncReadExt;

/// How much is read at a time.
const PIECE: usize = 1 << 20;

/// Reads as much of an input as is stored of it, and makes sure that it is the same.
pub async fn compare(
    input: &mut Input,
    stored: &StoredContent,
    path: &str,
    bar: &ProgressBar,
) -> Result<(), CommandError> {
    let done = stored.pieces.iter().map(|piece| piece.size).sum();
    let mut buffer = vec![0; PIECE];
    let mut start = 0;
    for piece in &stored.pieces {
        let part = piece.part;
        let Some(mut digest) = Digests::that_tell(piece) else {
            return Err(UploadError::Incomparable { path: path.to_owned(), part }.into());
        };
        let mut left = piece.size;
        while left > 0 {
            let room = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let came = match input.content.read(&mut buffer[..room]).await {
                Ok(0) => {
                    let length = start + piece.size - left;
                    let (path, name) = (path.to_owned(), input.name.clone());
                    return Err(UploadError::Longer { path, done, name, length }.into());
                }
                Ok(came) => came,
                Err(error) => return Err(CommandError::Input { name: input.name.clone(), error }),
            };
            digest.update(&buffer[..came]);
            left -= came as u64;
            bar.inc(came as u64);
        }
        let end = start + piece.size;
        if !digest.matches(piece) {
            let (path, name) = (path.to_owned(), input.name.clone());
            return Err(UploadError::Differs { path, name, part, start, end }.into());
        }
        start = end;
    }
    Ok(())
}

/// What tells one content from another: the CRC-64 that OSS states of each part, or else its ETag, which is its MD5.
enum Digests {
    Crc64(Crc64),
    Md5(Md5),
}

impl Digests {
    fn that_tell(piece: &StoredPiece) -> Option<Self> {
        if piece.crc64.is_some() {
            return Some(Self::Crc64(Crc64::default()));
        }
        let is_md5 = |etag: &str| etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
        piece.etag.as_deref().filter(|etag| is_md5(etag.trim_matches('"'))).map(|_| Self::Md5(Md5::new()))
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc64(crc) => crc.update(bytes),
            Self::Md5(md5) => md5.update(bytes),
        }
    }

    fn matches(self, piece: &StoredPiece) -> bool {
        match self {
            Self::Crc64(crc) => piece.crc64 == Some(crc.value()),
            Self::Md5(md5) => {
                let own = text::hex(&md5.finalize());
                piece.etag.as_deref().is_some_and(|etag| etag.trim_matches('"').eq_ignore_ascii_case(&own))
            }
        }
    }
}
