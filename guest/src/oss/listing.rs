//! ListObjectsV2 (OSS documentation: *ListObjectsV2*).

use crate::message::Method;
use memchr::{memchr, memchr_iter};

use super::attempt::AttemptError;
use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::client::Client;
use super::document::{self, DocumentError};
use super::headers;
use crate::common_prefix::strip_prefix;
use crate::error::Error;
use crate::key::MAX_OBJECT_NAME;
use crate::ports::Ports;

/// The most entries of one page: objects and common prefixes together.
pub const MAX_KEYS: u32 = 1000;

/// How many pages without an entry may follow each other. OSS may return such a page if it skipped only deleted
/// versions; a server that never returned anything else would keep a caller busy forever.
const MAX_EMPTY_PAGES: u32 = 1000;

/// What to list.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// The caller's key, for errors.
    pub key: Option<&'a str>,
    /// The prefix of the names; empty for all.
    pub prefix: &'a str,
    /// Whether to combine names beyond the next `/` into common prefixes.
    pub one_level: bool,
    /// Where the page begins.
    pub from: ListFrom<'a>,
    /// The most entries wanted, 1 to [`MAX_KEYS`].
    pub max_keys: u32,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub enum ListFrom<'a> {
    /// At the first name.
    Start,
    /// After a name, which need not exist, in the byte order of names.
    After(&'a str),
    /// Where the previous page ended.
    Page(&'a Continuation),
}

impl<'a> ListFrom<'a> {
    /// Where the previous page ended, or at the first name if there was none.
    pub fn page(continuation: Option<&'a Continuation>) -> Self {
        continuation.map_or(Self::Start, Self::Page)
    }

    /// The name that all names of the page come after.
    fn bound(&self) -> &'a str {
        match self {
            Self::Start => "",
            Self::After(name) => name,
            Self::Page(continuation) => &continuation.last,
        }
    }
}

/// Where a listing continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// OSS's token.
    token: String,
    /// The last name of the pages so far, which the next page's names must come after.
    last: String,
    /// How many pages in a row had no entry.
    empty_pages: u32,
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
    /// The objects, in ascending byte order of their names.
    pub objects: Vec<ListedObject>,
    /// The common prefixes, each ending in `/`, in ascending byte order.
    pub prefixes: Vec<String>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Continuation>,
    /// The answer's `Date`, in seconds since 1970.
    pub date: Option<u64>,
}

impl<P: Ports> Client<P> {
    /// One page of the bucket's objects. 1 request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] if the page does not match the request, and anything a request can fail
    /// with.
    pub async fn list_objects(&self, request: &ListRequest<'_>) -> Result<Listed, Error> {
        let mut call = Call::new("ListObjectsV2", Method::Get, request.key, None)
            .param("list-type", "2")
            // Names may contain characters that XML can't represent.
            .param("encoding-type", "url")
            .param("max-keys", request.max_keys.to_string());
        if !request.prefix.is_empty() {
            call = call.param("prefix", request.prefix);
        }
        if request.one_level {
            call = call.param("delimiter", "/");
        }
        match request.from {
            ListFrom::Start => {}
            ListFrom::After(name) => call = call.param("start-after", name),
            ListFrom::Page(continuation) => call = call.param("continuation-token", &continuation.token),
        }
        self.perform(&call, async |received| {
            let (headers, document) = read_whole(received, MAX_DOCUMENT).await?;
            let (page, token) = read_page(&document)?;
            let page = continued(page, token, request)?;
            Ok(Listed { date: headers::date(&headers, "date"), ..page })
        })
        .await
    }
}

/// Parses a page, and the token of the next one.
pub(super) fn read_page(bytes: &[u8]) -> Result<(Listed, Option<String>), DocumentError> {
    let mut page = Listed::default();
    let mut object = ListedObject::default();
    let (mut truncated, mut count, mut is_encoded, mut token) = (None, None, false, None);
    document::read(bytes, "ListBucketResult", |path, text| {
        match path {
            ["IsTruncated"] => truncated = text.parse().ok(),
            ["EncodingType"] => is_encoded = text == "url",
            ["KeyCount"] => count = text.parse().ok(),
            ["NextContinuationToken"] => token = Some(decode(text, "NextContinuationToken")?),
            ["CommonPrefixes", "Prefix"] => page.prefixes.push(decode(text, "Prefix")?),
            ["Contents", element] => match *element {
                "Key" => object.name = decode(text, "Key")?,
                "Size" => object.size = text.parse().map_err(|_| DocumentError::WrongElement("Size"))?,
                "LastModified" => {
                    object.modified =
                        headers::document_date(text).ok_or(DocumentError::WrongElement("LastModified"))?;
                }
                _ => {}
            },
            ["Contents"] => page.objects.push(std::mem::take(&mut object)),
            _ => {}
        }
        Ok(())
    })?;
    // A name that was not encoded would change by being decoded.
    if !is_encoded {
        return Err(DocumentError::WrongElement("EncodingType"));
    }
    if count != Some(page.objects.len() + page.prefixes.len()) {
        return Err(DocumentError::WrongElement("KeyCount"));
    }
    match truncated {
        Some(true) if token.is_none() => Err(DocumentError::WrongElement("NextContinuationToken")),
        Some(true) => Ok((page, token)),
        Some(false) => Ok((page, None)),
        None => Err(DocumentError::WrongElement("IsTruncated")),
    }
}

/// Decodes a name into memory of its exact size, since a listing may have many and each is returned as it is. The text
/// between escapes is copied as a whole: byte by byte it took a tenth of the time of a listing.
pub(super) fn decode(text: &str, element: &'static str) -> Result<String, DocumentError> {
    let mut rest = text.as_bytes();
    let encoded = memchr_iter(b'%', rest).count();
    // Reserve one byte more: the path of a blob begins with a slash, which the name in a bucket without a root does not
    // contain.
    let mut name = Vec::with_capacity(rest.len().saturating_sub(2 * encoded) + 1);
    while let Some(at) = memchr(b'%', rest) {
        let (plain, escaped) = rest.split_at(at);
        name.extend_from_slice(plain);
        rest = match escaped {
            [_, high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                name.push(hex(*high) << 4 | hex(*low));
                rest
            }
            [percent, rest @ ..] => {
                name.push(*percent);
                rest
            }
            [] => escaped,
        };
    }
    name.extend_from_slice(rest);
    String::from_utf8(name).map_err(|_| DocumentError::WrongElement(element))
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> u8 {
    let letter = digit | 0x20;
    if letter >= b'a' { letter.wrapping_sub(b'a' - 10) } else { digit.wrapping_sub(b'0') }
}

/// Checks that a page matches its request, and adds where the listing continues. A listing has no checksum, so rejected
/// are above all objects outside of the prefix, which a caller may be about to delete, and names that do not ascend
/// from page to page, which would keep a caller busy forever.
pub(super) fn continued(
    mut page: Listed,
    token: Option<String>,
    request: &ListRequest<'_>,
) -> Result<Listed, AttemptError> {
    let bound = request.from.bound();
    if (!request.one_level && !page.prefixes.is_empty())
        || page.objects.len() + page.prefixes.len() > request.max_keys as usize
    {
        return Err(another());
    }
    let is_object = |below: &str| !(request.one_level && below.contains('/'));
    let objects = page.objects.iter().map(|object| object.name.as_str());
    let last_object = last_ascending(bound, request.prefix, objects, is_object)?;
    let prefixes = page.prefixes.iter().map(String::as_str);
    let last_prefix = last_ascending(bound, request.prefix, prefixes, |below| below.ends_with('/'))?;
    let Some(token) = token else { return Ok(page) };
    let before = match request.from {
        ListFrom::Page(continuation) => continuation.empty_pages,
        ListFrom::Start | ListFrom::After(_) => 0,
    };
    let is_empty = page.objects.is_empty() && page.prefixes.is_empty();
    let empty_pages = if is_empty { before.saturating_add(1) } else { 0 };
    if empty_pages > MAX_EMPTY_PAGES {
        return Err(AttemptError::corrupt("the listing goes on without an entry"));
    }
    page.next = Some(Continuation { token, last: last_object.max(last_prefix).to_owned(), empty_pages });
    Ok(page)
}

/// The last of some names. Each must begin with the prefix, be sound after it and come after the name before, and the
/// first must come after the bound. The bound itself if there are no names.
fn last_ascending<'a>(
    bound: &'a str,
    prefix: &str,
    names: impl Iterator<Item = &'a str>,
    is_sound: impl Fn(&str) -> bool,
) -> Result<&'a str, AttemptError> {
    let (mut last, mut before) = (bound, None);
    for name in names {
        let below = strip_prefix(name, prefix).filter(|_| !name.is_empty() && name.len() <= MAX_OBJECT_NAME);
        let below = below.filter(|below| is_sound(below)).ok_or_else(another)?;
        // Compare only what follows the prefix: names in one directory begin alike, and that part was compared with the
        // prefix already.
        if !before.map_or_else(|| name > bound, |before| below > before) {
            return Err(AttemptError::corrupt("the names of the listing do not ascend"));
        }
        (last, before) = (name, Some(below));
    }
    Ok(last)
}

fn another() -> AttemptError {
    AttemptError::corrupt("the listing is not the one asked for")
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
        ListRequest { key: None, prefix: "d/", one_level: true, from: ListFrom::Start, max_keys: 2 }
    }

    fn checked(text: &str, request: &ListRequest<'_>) -> Option<Listed> {
        let (page, token) = read_page(text.as_bytes()).unwrap();
        continued(page, token, request).ok()
    }

    #[test]
    fn a_page() {
        let page = checked(PAGE, &request()).unwrap();
        assert_eq!(page.objects, [ListedObject { name: "d/a b".into(), size: 7, modified: 1_672_223_261 }]);
        assert_eq!(page.prefixes, ["d/e/"]);
        assert_eq!(page.next, Some(Continuation { token: "Cg+x".into(), last: "d/e/".into(), empty_pages: 0 }));
        let last = checked(&PAGE.replace("<IsTruncated>true", "<IsTruncated>false"), &request()).unwrap();
        assert_eq!(last.next, None);
    }

    #[test]
    fn a_name_is_decoded_as_the_crate_does() {
        for text in ["", "a", "%2F", "a%2Fb%e6%b5%8b", "%", "a%2", "%2%41", "%%41", "%zz", "50%25", "%C3%A9x%2f%"] {
            let expected = percent_encoding::percent_decode_str(text).decode_utf8().unwrap();
            assert_eq!(decode(text, "Key").unwrap(), expected, "{text:?}");
        }
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
        for other in [
            ListRequest { prefix: "e/", ..request() },
            ListRequest { one_level: false, ..request() },
            ListRequest { max_keys: 1, ..request() },
            ListRequest { prefix: "d/e/", ..request() },
            ListRequest { prefix: "", ..request() },
            ListRequest { from: ListFrom::After("d/a b"), ..request() },
            ListRequest { from: ListFrom::After("d/f"), ..request() },
        ] {
            assert!(checked(PAGE, &other).is_none(), "{other:?}");
        }
        let twice = PAGE.replace("<CommonPrefixes><Prefix>d%2Fe%2F</Prefix></CommonPrefixes>", "");
        let (object, end) = (twice.find("<Contents>").unwrap(), twice.find("<KeyCount>").unwrap());
        let twice = [&twice[..end], &twice[object..end], &twice[end..]].concat();
        assert!(checked(&twice, &ListRequest { from: ListFrom::Start, ..request() }).is_none());
    }

    /// 8.1: a name that no object can have would make thousands of directories.
    #[test]
    fn a_name_of_more_than_1023_bytes_is_refused() {
        for (length, is_taken) in [(1023, true), (1024, false)] {
            let object = PAGE.replace("d%2Fa%20b", &["d%2F", &"a".repeat(length - 2)].concat());
            assert_eq!(checked(&object, &request()).is_some(), is_taken, "an object of {length} bytes");
            let prefix = PAGE.replace("d%2Fe%2F", &["d%2F", &"e".repeat(length - 3), "%2F"].concat());
            assert_eq!(checked(&prefix, &request()).is_some(), is_taken, "a common prefix of {length} bytes");
        }
    }

    /// 8.7: whatever tokens alternate, names ascend across pages.
    #[test]
    fn a_listing_that_circles_is_refused() {
        let first = checked(PAGE, &request()).unwrap().next.unwrap();
        let second = ListRequest { from: ListFrom::Page(&first), ..request() };
        let other_token = PAGE.replace("Cg%2Bx", "other");
        assert!(checked(&other_token, &second).is_none(), "the same names once more");
        let later = other_token.replace("d%2Fa%20b", "d%2Ff").replace("d%2Fe%2F", "d%2Fg%2F");
        let third = checked(&later, &second).unwrap().next.unwrap();
        assert_eq!(third.last, "d/g/");
        assert!(checked(PAGE, &ListRequest { from: ListFrom::Page(&third), ..request() }).is_none(), "back again");
    }

    #[test]
    fn only_so_many_pages_without_an_entry_follow_each_other() {
        let (contents, end) = (PAGE.find("<Contents>").unwrap(), PAGE.find("<KeyCount>").unwrap());
        let empty = [&PAGE[..contents], "<KeyCount>0</KeyCount></ListBucketResult>"].concat();
        assert!(end > contents);
        let mut next = checked(&empty, &request()).unwrap().next.unwrap();
        for _ in 1..MAX_EMPTY_PAGES {
            next = checked(&empty, &ListRequest { from: ListFrom::Page(&next), ..request() }).unwrap().next.unwrap();
        }
        let page = checked(PAGE, &ListRequest { from: ListFrom::Page(&next), ..request() }).unwrap();
        assert_eq!(page.next.unwrap().empty_pages, 0, "an entry begins the count anew");
        assert!(checked(&empty, &ListRequest { from: ListFrom::Page(&next), ..request() }).is_none());
    }
}
