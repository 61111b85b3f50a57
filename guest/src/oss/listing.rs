//! ListObjectsV2 (OSS documentation: *ListObjectsV2*).

use std::collections::BTreeSet;

use crate::message::Method;
use percent_encoding::percent_decode_str;

use super::attempt::Trouble;
use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::client::Client;
use super::document::{self, DocumentError};
use super::headers;
use crate::error::Error;
use crate::ports::Ports;

/// The most entries of one page: objects and common prefixes together.
pub const MAX_KEYS: u32 = 1000;

/// What to list.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// The caller's key, for errors.
    pub key: Option<&'a str>,
    /// What the names begin with; empty for all.
    pub prefix: &'a str,
    /// Whether to sum up what is beyond the next `/` as common prefixes.
    pub one_level: bool,
    /// Where to go on: the token of the page before.
    pub continuation: Option<&'a str>,
    /// The most entries wanted, 1 to [`MAX_KEYS`].
    pub max_keys: u32,
}

/// An object of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedObject {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed, in seconds since 1970.
    pub modified: u64,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The objects, as OSS orders them.
    pub objects: Vec<ListedObject>,
    /// The common prefixes, each ending in `/`, as OSS orders them.
    pub prefixes: Vec<String>,
    /// The token of the next page; none on the last.
    pub next: Option<String>,
}

impl<P: Ports> Client<P> {
    /// One page of the bucket's objects. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] when the page is not one of this request's, and anything a request can fail
    /// with.
    pub async fn list_objects(&self, request: &ListRequest<'_>) -> Result<Listed, Error> {
        self.list_objects_after(request, "").await
    }

    /// As [`Client::list_objects`], of objects whose names come after one in byte order.
    ///
    /// # Errors
    /// As [`Client::list_objects`].
    pub async fn list_objects_after(&self, request: &ListRequest<'_>, after: &str) -> Result<Listed, Error> {
        let mut call = Call::new("ListObjectsV2", Method::Get, request.key, None)
            .param("list-type", "2")
            // Names may hold what XML can't.
            .param("encoding-type", "url")
            .param("max-keys", request.max_keys.to_string());
        if !request.prefix.is_empty() {
            call = call.param("prefix", request.prefix);
        }
        if request.one_level {
            call = call.param("delimiter", "/");
        }
        if !after.is_empty() {
            call = call.param("start-after", after);
        }
        if let Some(token) = request.continuation {
            call = call.param("continuation-token", token);
        }
        self.perform(&call, async |received| {
            let (_, document) = read_whole(received, MAX_DOCUMENT).await?;
            let page = read_page(&document)?;
            check_page(&page, request)?;
            if page.objects.iter().any(|object| object.name.as_str() <= after) {
                return Err(Trouble::corrupt("the listing begins before the name asked for"));
            }
            Ok::<_, Trouble>(page)
        })
        .await
    }
}

fn read_page(bytes: &[u8]) -> Result<Listed, DocumentError> {
    let mut page = Listed::default();
    let mut object = ListedObject::default();
    let (mut truncated, mut count, mut is_encoded) = (None, None, false);
    document::read(bytes, "ListBucketResult", |path, text| {
        match path {
            "IsTruncated" => truncated = text.parse().ok(),
            "EncodingType" => is_encoded = text == "url",
            "KeyCount" => count = text.parse().ok(),
            "NextContinuationToken" => page.next = Some(decode(text, "NextContinuationToken")?),
            "CommonPrefixes/Prefix" => page.prefixes.push(decode(text, "Prefix")?),
            "Contents/Key" => object.name = decode(text, "Key")?,
            "Contents/Size" => object.size = text.parse().map_err(|_| DocumentError::WrongElement("Size"))?,
            "Contents/LastModified" => {
                object.modified = headers::document_date(text).ok_or(DocumentError::WrongElement("LastModified"))?;
            }
            "Contents" => page.objects.push(std::mem::take(&mut object)),
            _ => {}
        }
        Ok(())
    })?;
    // Decoded though it was not encoded, a name would be another one.
    if !is_encoded {
        return Err(DocumentError::WrongElement("EncodingType"));
    }
    if count != Some(page.objects.len() + page.prefixes.len()) {
        return Err(DocumentError::WrongElement("KeyCount"));
    }
    match truncated {
        Some(true) if page.next.is_none() => Err(DocumentError::WrongElement("NextContinuationToken")),
        Some(true) => Ok(page),
        Some(false) => Ok(Listed { next: None, ..page }),
        None => Err(DocumentError::WrongElement("IsTruncated")),
    }
}

pub(super) fn decode(text: &str, element: &'static str) -> Result<String, DocumentError> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| DocumentError::WrongElement(element))
}

/// A listing has no checksum. What shows that it is not the one asked for is refused, above all an object outside of the
/// prefix, which a caller may be about to delete.
fn check_page(page: &Listed, request: &ListRequest<'_>) -> Result<(), Trouble> {
    let inside = |name: &str| name.starts_with(request.prefix) && !name.is_empty();
    let objects = page.objects.iter().map(|object| object.name.as_str());
    let prefixes = page.prefixes.iter().map(String::as_str);
    let is_deeper = |name: &str| name.get(request.prefix.len()..).is_some_and(|below| below.contains('/'));
    let sound = objects.clone().chain(prefixes.clone()).all(inside)
        && is_distinct(objects.clone())
        && is_distinct(prefixes.clone())
        && prefixes.clone().all(|prefix| prefix.ends_with('/') && prefix.len() > request.prefix.len())
        && (request.one_level || page.prefixes.is_empty())
        && !(request.one_level && objects.clone().any(is_deeper))
        && page.objects.len() + page.prefixes.len() <= request.max_keys as usize;
    if !sound {
        return Err(Trouble::corrupt("the listing is not the one asked for"));
    }
    // OSS never gives a page's own token again; something that did would keep a caller going for ever.
    if page.next.is_some() && page.next.as_deref() == request.continuation {
        return Err(Trouble::corrupt("the listing goes on where it began"));
    }
    Ok(())
}

fn is_distinct<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = BTreeSet::new();
    names.all(|name| seen.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult>\n<Name>b</Name><Prefix>d%2F</Prefix>\
        <MaxKeys>2</MaxKeys><Delimiter>%2F</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <NextContinuationToken>Cg%2Bx</NextContinuationToken><Contents><Key>d%2Fa%20b</Key>\
        <LastModified>2022-12-28T10:27:41.000Z</LastModified><ETag>\"X\"</ETag><Type>Normal</Type><Size>7</Size>\
        <StorageClass>Standard</StorageClass></Contents><CommonPrefixes><Prefix>d%2Fe%2F</Prefix></CommonPrefixes>\
        <KeyCount>2</KeyCount></ListBucketResult>";

    fn request() -> ListRequest<'static> {
        ListRequest { key: None, prefix: "d/", one_level: true, continuation: None, max_keys: 2 }
    }

    #[test]
    fn a_page() {
        let page = read_page(PAGE.as_bytes()).unwrap();
        assert_eq!(page.objects, [ListedObject { name: "d/a b".into(), size: 7, modified: 1_672_223_261 }]);
        assert_eq!(page.prefixes, ["d/e/"]);
        assert_eq!(page.next.as_deref(), Some("Cg+x"));
        assert!(check_page(&page, &request()).is_ok());
    }

    #[test]
    fn what_can_be_no_page() {
        for (from, to) in [
            ("<IsTruncated>true</IsTruncated>", ""),
            ("<IsTruncated>true", "<IsTruncated>trve"),
            ("<NextContinuationToken>Cg%2Bx</NextContinuationToken>", ""),
            ("<KeyCount>2", "<KeyCount>3"),
            ("<EncodingType>url</EncodingType>", ""),
            ("<KeyCount>2</KeyCount>", ""),
            ("<Size>7", "<Size>x"),
            ("T10:27:41", "T99:27:41"),
            ("a%20b", "a%ffb"),
            ("</ListBucketResult>", ""),
        ] {
            assert!(PAGE.contains(from), "{from}");
            assert!(read_page(PAGE.replace(from, to).as_bytes()).is_err(), "{from}");
        }
    }

    #[test]
    fn what_is_another_page() {
        let page = read_page(PAGE.as_bytes()).unwrap();
        for other in [
            ListRequest { prefix: "e/", ..request() },
            ListRequest { one_level: false, ..request() },
            ListRequest { max_keys: 1, ..request() },
            ListRequest { prefix: "d/e/", ..request() },
            ListRequest { prefix: "", ..request() },
            ListRequest { continuation: Some("Cg+x"), ..request() },
        ] {
            assert!(check_page(&page, &other).is_err(), "{other:?}");
        }
        let twice = Listed { objects: vec![page.objects[0].clone(), page.objects[0].clone()], ..Listed::default() };
        assert!(check_page(&twice, &request()).is_err());
    }
}
