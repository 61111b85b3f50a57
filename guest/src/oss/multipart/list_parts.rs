//! ListParts.

use crate::message::Method;

use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::attempt::AttemptError;
use crate::oss::body::{MAX_DOCUMENT, read_whole};
use crate::oss::call::Call;
use crate::oss::client::Client;
use crate::oss::document::{self, DocumentError};
use crate::ports::Ports;

/// A part of an upload, as OSS lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedPart {
    /// 1 to 10 000.
    pub number: u32,
    /// Its size in bytes.
    pub size: u64,
    /// Its ETag, quoted.
    pub etag: String,
    /// Its CRC-64, if OSS states it.
    pub crc64: Option<u64>,
}

/// The highest number of a part (OSS documentation: *Multipart upload*, limits).
const MAX_NUMBER: u32 = 10_000;
/// The size of the largest part in bytes: 5 GB. The sum of 10 000 of them fits into 64 bits.
const MAX_SIZE: u64 = 5 << 30;

/// One page: the parts, and the number after which the next one begins.
type Page = (Vec<ListedPart>, Option<u32>);

impl<P: Ports> Client<P> {
    /// ListParts: all parts of an upload, by number. 1 request for each 1000.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Service`] with `NoSuchUpload` when it was completed or aborted;
    /// [`crate::error::ErrorKind::Corrupt`] when the listing makes no sense; and anything a request can fail with.
    pub async fn list_parts(&self, key: &str, object: &ObjectName, upload_id: &str) -> Result<Vec<ListedPart>, Error> {
        let mut parts: Vec<ListedPart> = Vec::new();
        let mut after = 0;
        loop {
            let call = Call::new("ListParts", Method::Get, Some(key), Some(object.as_str()))
                .param("uploadId", upload_id)
                .param("max-parts", "1000")
                .param("encoding-type", "url")
                .param("part-number-marker", after.to_string());
            let (page, next) = self
                .perform(&call, async |received| {
                    let (_, bytes) = read_whole(received, MAX_DOCUMENT).await?;
                    Ok::<Page, AttemptError>(read_page(&bytes, after)?)
                })
                .await?;
            parts.extend(page);
            match next {
                Some(next) => after = next,
                None => return Ok(parts),
            }
        }
    }
}

pub(in crate::oss) fn read_page(bytes: &[u8], after: u32) -> Result<Page, DocumentError> {
    let mut parts = Vec::new();
    let mut part = ListedPart::default();
    let (mut truncated, mut next) = (None, None);
    document::read(bytes, "ListPartsResult", |path, text| {
        match path {
            ["IsTruncated"] => truncated = text.parse().ok(),
            ["NextPartNumberMarker"] => next = text.parse().ok(),
            ["Part", "PartNumber"] => {
                part.number = text.parse().map_err(|_| DocumentError::WrongElement("PartNumber"))?
            }
            ["Part", "Size"] => part.size = text.parse().map_err(|_| DocumentError::WrongElement("Size"))?,
            ["Part", "ETag"] => part.etag = text.to_owned(),
            ["Part", "HashCrc64ecma"] => part.crc64 = text.parse().ok(),
            ["Part"] => parts.push(std::mem::take(&mut part)),
            _ => {}
        }
        Ok(())
    })?;
    let can_be = |part: &ListedPart| part.number <= MAX_NUMBER && part.size <= MAX_SIZE && !part.etag.is_empty();
    let ascends = parts.iter().try_fold(after, |before, part| (part.number > before).then_some(part.number));
    if ascends.is_none() || !parts.iter().all(can_be) {
        return Err(DocumentError::WrongElement("Part"));
    }
    match (truncated, next) {
        (Some(false), _) => Ok((parts, None)),
        // The marker must ascend, or the next page would be the same forever.
        (Some(true), Some(next)) if Some(next) == ascends && next > after => Ok((parts, Some(next))),
        (Some(true), _) => Err(DocumentError::WrongElement("NextPartNumberMarker")),
        (None, _) => Err(DocumentError::WrongElement("IsTruncated")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<ListPartsResult><NextPartNumberMarker>3</NextPartNumberMarker><IsTruncated>true</IsTruncated>\
        <Part><PartNumber>1</PartNumber><ETag>\"A\"</ETag><HashCrc64ecma>7</HashCrc64ecma><Size>5</Size></Part>\
        <Part><PartNumber>3</PartNumber><ETag>\"B\"</ETag><Size>6</Size></Part></ListPartsResult>";

    #[test]
    fn a_page() {
        let (parts, next) = read_page(PAGE.as_bytes(), 0).unwrap();
        assert_eq!(parts[0], ListedPart { number: 1, size: 5, etag: "\"A\"".into(), crc64: Some(7) });
        assert_eq!(parts[1], ListedPart { number: 3, size: 6, etag: "\"B\"".into(), crc64: None });
        assert_eq!(next, Some(3));
        let last = PAGE.replace("true", "false");
        assert_eq!(read_page(last.as_bytes(), 0).unwrap().1, None);
    }

    /// 8.3 and 8.7: sizes and numbers that no part can have are those of no part.
    #[test]
    fn parts_that_can_not_be_are_refused() {
        for (from, to, is_sound) in [
            ("<Size>6", "<Size>5368709120", true),
            ("<Size>6", "<Size>5368709121", false),
            ("<Size>6", "<Size>18446744073709551615", false),
            ("<Size>6", "<Size>18446744073709551616", false),
            ("3</", "10000</", true),
            ("3</", "10001</", false),
        ] {
            assert_eq!(read_page(PAGE.replace(from, to).as_bytes(), 0).is_ok(), is_sound, "{from} {to}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        assert!(read_page(PAGE.as_bytes(), 1).is_err(), "a part that should have been on the page before");
        for (from, to) in [
            (">3</NextPart", ">2</NextPart"),
            ("<IsTruncated>true</IsTruncated>", ""),
            ("<Size>6", "<Size>x"),
            ("<ETag>\"B\"</ETag>", ""),
            ("<PartNumber>3", "<PartNumber>1"),
        ] {
            assert!(PAGE.contains(from), "{from}");
            assert!(read_page(PAGE.replace(from, to).as_bytes(), 0).is_err(), "{from}");
        }
    }
}
