//! DeleteMultipleObjects.

use crate::message::Method;
use bytes::Bytes;

use super::attempt::AttemptError;
use super::body::{MAX_DOCUMENT, read_whole};
use super::call::Call;
use super::client::Client;
use super::document::{self, DocumentError};
use super::listing::decode;
use super::window::Guard;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;

/// The most objects that one request may remove (OSS documentation: *DeleteMultipleObjects*).
pub const MAX_BATCH: usize = 1000;

/// The largest body that OSS accepts: 2 MB.
const MAX_BODY: usize = 2_000_000;

/// The outcome of removing objects.
#[derive(Clone, Debug, Default)]
pub struct Deleted {
    /// The names of the objects that could not be removed, each with its reason.
    pub left: Vec<(String, Error)>,
    /// The error of a request for several objects that failed as a whole; `left` contains all of these.
    pub failure: Option<Error>,
    /// The latest `Date` of the responses, in seconds since 1970.
    pub date: Option<u64>,
}

impl<P: Ports> Client<P> {
    /// Removes objects; one that does not exist is not an error. One request for each [`MAX_BATCH`] names (fewer if
    /// long names make the body exceed 2 MB), and one for each name that XML can't represent.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] naming the first object that OSS did not report as removed, and anything a request can
    /// fail with. Other objects may be removed.
    pub async fn delete_objects(&self, key: &str, objects: &[ObjectName]) -> Result<(), Error> {
        self.delete_objects_in(key, objects, None).await
    }

    /// [`Client::delete_objects`] that OSS takes within a window only.
    ///
    /// # Errors
    /// As [`Client::delete_objects`]; see [`super::Window::closed`].
    pub async fn delete_objects_in(
        &self,
        key: &str,
        objects: &[ObjectName],
        guard: Option<Guard<'_>>,
    ) -> Result<(), Error> {
        let deleted = self.delete_objects_each(key, objects, guard).await;
        let first = deleted.left.into_iter().map(|(_, error)| error).next();
        deleted.failure.or(first).map_or(Ok(()), Err)
    }

    /// As [`Client::delete_objects_in`], but continues after an object that could not be removed, and returns all of
    /// these. After a request that failed as a whole no other is sent: it would most likely fail as well, each after
    /// its full time.
    pub async fn delete_objects_each(&self, key: &str, objects: &[ObjectName], guard: Option<Guard<'_>>) -> Deleted {
        let (in_xml, alone): (Vec<_>, Vec<_>) = objects.iter().partition(|name| fits_xml(name.as_str()));
        let mut deleted = Deleted::default();
        let mut batch = Batch::default();
        for object in in_xml {
            if !batch.takes(object) {
                self.send_batch(key, std::mem::take(&mut batch), guard, &mut deleted).await;
            }
            batch.add(object);
        }
        if !batch.names.is_empty() {
            self.send_batch(key, batch, guard, &mut deleted).await;
        }
        for object in alone {
            if let Some(failure) = &deleted.failure {
                deleted.left.push((object.as_str().to_owned(), Error { undecided: false, ..failure.clone() }));
                continue;
            }
            match self.delete_object_in(key, object, guard).await {
                Ok(date) => deleted.date = deleted.date.max(date),
                Err(error) => deleted.left.push((object.as_str().to_owned(), error)),
            }
        }
        deleted
    }

    async fn send_batch(&self, key: &str, batch: Batch<'_>, guard: Option<Guard<'_>>, deleted: &mut Deleted) {
        if let Some(failure) = &deleted.failure {
            let unsent = Error { undecided: false, ..failure.clone() };
            deleted.left.extend(batch.names.into_iter().map(|name| (name.to_owned(), unsent.clone())));
            return;
        }
        let body = ["<Delete><Quiet>false</Quiet>", &batch.body, "</Delete>"].concat();
        let call = Call::new("DeleteMultipleObjects", Method::Post, Some(key), None)
            .flag("delete")
            .param("encoding-type", "url")
            .body(Bytes::from(body), "application/xml")
            .within(guard);
        let answered = self
            .perform(&call, async |received| {
                let answer = received.answer();
                let (_, document) = read_whole(received, MAX_DOCUMENT).await?;
                Ok::<_, AttemptError>((read_result(&document)?, answer))
            })
            .await;
        let (removed, answer) = match answered {
            Ok(answered) => answered,
            Err(error) => {
                deleted.left.extend(batch.names.into_iter().map(|name| (name.to_owned(), error.clone())));
                deleted.failure.get_or_insert(error);
                return;
            }
        };
        deleted.date = deleted.date.max(answer.date);
        for name in left(&batch.names, removed) {
            let message = format!("DeleteMultipleObjects: OSS did not report the object {name:?} as removed");
            let error = Error::new(ErrorKind::Unavailable, key, message);
            deleted.left.push((
                name.to_owned(),
                Error { retryable: true, undecided: true, answer: Some(Box::new(answer.clone())), ..error },
            ));
        }
    }
}

/// The names that are not among the removed ones. OSS reports these in the order in which they were sent; any in
/// another order are found by a search.
fn left<'a>(names: &[&'a str], removed: Vec<String>) -> Vec<&'a str> {
    let mut removed = removed.into_iter().peekable();
    let mut left: Vec<&str> =
        names.iter().copied().filter(|name| removed.next_if(|next| next == name).is_none()).collect();
    let mut others: Vec<String> = removed.collect();
    others.sort_unstable();
    left.retain(|name| others.binary_search_by(|other| other.as_str().cmp(name)).is_err());
    left
}

/// The names that were removed.
pub(super) fn read_result(document: &[u8]) -> Result<Vec<String>, DocumentError> {
    let mut removed = Vec::new();
    let mut is_encoded = false;
    document::read(document, "DeleteResult", |path, text| {
        match path {
            ["EncodingType"] => is_encoded = text == "url",
            ["Deleted", "Key"] => removed.push(decode(text, "Key")?),
            _ => {}
        }
        Ok(())
    })?;
    // A name that was not encoded would change by being decoded.
    if is_encoded { Ok(removed) } else { Err(DocumentError::WrongElement("EncodingType")) }
}

/// Whether a name can be sent in XML 1.0, which can't represent most control characters and two others, and whose
/// parsers may change line ends.
fn fits_xml(name: &str) -> bool {
    !name.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[derive(Default)]
struct Batch<'a> {
    names: Vec<&'a str>,
    body: String,
}

impl<'a> Batch<'a> {
    fn takes(&self, object: &ObjectName) -> bool {
        // Escaped, a name may be six times as long (`&quot;`), and the elements around the list take fewer than 100
        // bytes.
        self.names.len() < MAX_BATCH && self.body.len() + object.as_str().len() * 6 + 200 < MAX_BODY
    }

    fn add(&mut self, object: &'a ObjectName) {
        self.names.push(object.as_str());
        self.body.extend(["<Object><Key>", &document::escape(object.as_str()), "</Key></Object>"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_bounded_in_number_and_bytes() {
        let names = |length: usize| -> Vec<_> {
            (0..3000).filter_map(|n| ObjectName::listed(format!("{n:04}{}", "\"".repeat(length)))).collect()
        };
        for (length, expected) in [(0, MAX_BATCH), (1000, 331)] {
            let (names, mut batch) = (names(length), Batch::default());
            let taken = names.iter().take_while(|name| batch.takes(name).then(|| batch.add(name)).is_some()).count();
            assert_eq!(taken, expected);
            assert!(batch.body.len() + 100 < MAX_BODY);
        }
    }

    #[test]
    fn what_is_not_reported_is_left_in_whatever_order_the_rest_is() {
        for (reported, expected) in [
            (&["a", "b", "c"][..], &[][..]),
            (&["a", "c"], &["b"]),
            (&["c", "a"], &["b"]),
            (&["c", "b", "a"], &[]),
            (&["x", "b"], &["a", "c"]),
            (&["b", "b"], &["a", "c"]),
            (&[], &["a", "b", "c"]),
        ] {
            let removed = reported.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(left(&["a", "b", "c"], removed), expected, "{reported:?}");
        }
    }

    #[test]
    fn a_result_must_be_encoded_as_asked() {
        let result = |encoding: &str| {
            read_result(
                format!("<DeleteResult>{encoding}<Deleted><Key>a%2Fb</Key></Deleted></DeleteResult>").as_bytes(),
            )
        };
        assert_eq!(result("<EncodingType>url</EncodingType>").unwrap(), ["a/b"]);
        assert_eq!(result(""), Err(DocumentError::WrongElement("EncodingType")));
    }

    #[test]
    fn names_beyond_xml() {
        assert!(fits_xml("a&b<>\"' 测试"));
        assert!(!fits_xml("a\u{1}b") && !fits_xml("a\rb") && !fits_xml("\u{ffff}"));
    }
}
