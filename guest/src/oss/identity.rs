//! Identifies which of the values that a key has had an object contains, by what OSS states about the object.

use std::cell::Cell;

use super::answer::Retry;
use super::attempt::AttemptError;
use super::attributes::Attributes;
use super::body::{check_crc64, read_whole};
use super::call::Call;
use super::client::Client;
use super::headers;
use super::meta::ObjectMeta;
use super::object::{Loaded, absent};
use crate::checksum::crc64;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::message::{Method, ResponseHeaders};
use crate::ports::Ports;

/// Ossicle's own header, on objects whose values were stored together: the id of the set.
const SET: &str = "x-oss-meta-ossicle-set";
/// Ossicle's own header, on an object whose value was encrypted again: the mark of the object that it replaced, and
/// when that was stored.
const WAS: &str = "x-oss-meta-ossicle-was";

/// Identifies the value that an object contains among the values of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id of the set that the value was stored with.
    pub set: Option<String>,
    /// A hash of the object's ETag, time and set. Two values of a key have the same mark only if they were stored in
    /// the same second, with the same bytes, and both in the same set or both in none. A value that is encrypted again
    /// keeps its mark.
    pub mark: String,
    /// When the value was stored, in seconds since 1970.
    pub stored: u64,
    /// When the value was encrypted again, in seconds since 1970; `None` if it was not.
    pub resealed: Option<u64>,
}

impl Identity {
    pub(super) fn read(headers: &ResponseHeaders) -> Result<Self, AttemptError> {
        let missing = |name| {
            AttemptError::new(ErrorKind::Unavailable, Retry::IfIdempotent, format!("OSS's answer has no {name}"))
        };
        let set = headers::text(headers, SET);
        let modified = headers::date(headers, "last-modified").ok_or_else(|| missing("valid Last-Modified"))?;
        if let Some((mark, stored)) = headers::text(headers, WAS).as_deref().and_then(read_was) {
            return Ok(Self { set, mark, stored, resealed: Some(modified) });
        }
        let etag = headers::text(headers, "etag").ok_or_else(|| missing("ETag"))?;
        let stated = format!("{etag}\n{modified}\n{}", set.as_deref().unwrap_or_default());
        Ok(Self { set, mark: format!("{:016x}", crc64(stated.as_bytes())), stored: modified, resealed: None })
    }
}

/// Parses the mark and the time that a value had before it was encrypted again.
fn read_was(text: &str) -> Option<(String, u64)> {
    let (mark, stored) = text.split_once('-')?;
    let is_mark = mark.len() == 16 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_mark.then_some((mark.to_owned(), stored.parse().ok()?))
}

impl Attributes {
    /// Marks the object as one of a set of values that are stored together.
    pub fn set_of(&mut self, id: &str) {
        self.set(SET, id);
    }

    /// Gives the object the identity of one with the same value that it replaces.
    pub fn keep_identity(&mut self, identity: &Identity) {
        if let Some(id) = &identity.set {
            self.set_of(id);
        }
        self.set(WAS, format!("{}-{}", identity.mark, identity.stored));
    }
}

impl<P: Ports> Client<P> {
    /// HeadObject: the identity of the value in an object; `None` if there is no object. 1 request.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn head_identity(&self, key: &str, object: &ObjectName) -> Result<Option<Identity>, Error> {
        let call = Call::new("HeadObject", Method::Head, Some(key), Some(object.as_str()));
        let result = self.perform(&call, async |received| Identity::read(&received.headers)).await;
        found(result.map_err(absent))
    }

    /// HeadObject: the metadata of an object, and the identity of its value. 1 request.
    ///
    /// # Errors
    /// As [`Client::head_object`].
    pub async fn head_value(&self, key: &str, object: &ObjectName) -> Result<(ObjectMeta, Identity), Error> {
        let call = Call::new("HeadObject", Method::Head, Some(key), Some(object.as_str()));
        let result = self
            .perform(&call, async |received| {
                Ok((ObjectMeta::read(&received.headers)?, Identity::read(&received.headers)?))
            })
            .await;
        result.map_err(absent)
    }

    /// GetObject: the identity of the value in an object and, if `is_wanted`, the object's bytes; `None` if there is no
    /// object. 1 request. Its bytes count against a budget that concurrent reads share.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if the object is larger than what is left of the budget; otherwise as
    /// [`Client::get_object`].
    pub async fn get_identified(
        &self,
        key: &str,
        object: &ObjectName,
        budget: &Cell<u64>,
        is_wanted: impl Fn(&Identity) -> bool,
    ) -> Result<Option<(Option<Loaded>, Identity)>, Error> {
        let call = Call::new("GetObject", Method::Get, Some(key), Some(object.as_str()));
        let result = self.perform(&call, async |received| {
            let identity = Identity::read(&received.headers)?;
            if !is_wanted(&identity) {
                return Ok((None, identity));
            }
            let left = budget.get();
            let size = received.headers.content_length().unwrap_or(left);
            let Some(rest) = left.checked_sub(size) else {
                let message = format!("the values together are larger than allowed: {size} bytes, and {left} are left");
                return Err(AttemptError::new(ErrorKind::Unsupported, Retry::Never, message));
            };
            budget.set(rest);
            let checked = read_whole(received, size).await.and_then(|(headers, bytes)| {
                let crc64 = check_crc64(&headers, &bytes)?;
                Ok(Loaded::new(bytes, crc64, headers))
            });
            // A failed read is repeated, or the call fails, so its bytes no longer count.
            checked
                .map(|loaded| (Some(loaded), identity))
                .inspect_err(|_| budget.set(budget.get().saturating_add(size)))
        });
        found(result.await)
    }
}

fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::headers;

    const STATED: [(&str, &str); 2] = [("etag", "\"E\""), ("last-modified", "Wed, 28 Dec 2022 10:27:41 GMT")];

    fn read(more: &[(&str, &str)]) -> Identity {
        Identity::read(&headers(&[&STATED[..], more].concat())).unwrap()
    }

    #[test]
    fn etag_time_and_set_make_a_mark() {
        let plain = read(&[]);
        assert_eq!((plain.set.clone(), plain.stored, plain.resealed), (None, 1_672_223_261, None));
        let of_a_set = read(&[(SET, "a")]);
        assert_eq!(of_a_set.set.as_deref(), Some("a"));
        let others = [
            of_a_set.mark,
            read(&[(SET, "b")]).mark,
            Identity::read(&headers(&[("etag", "\"F\""), STATED[1]])).unwrap().mark,
            Identity::read(&headers(&[STATED[0], ("last-modified", "Wed, 28 Dec 2022 10:27:42 GMT")])).unwrap().mark,
        ];
        assert!(others.iter().all(|mark| *mark != plain.mark));
        for missing in [&STATED[..1], &STATED[1..]] {
            assert!(Identity::read(&headers(missing)).is_err());
        }
    }

    /// Without it a value that is sealed anew would pass for another one, stored after the set that replaces it.
    #[test]
    fn an_identity_is_kept_when_a_value_is_sealed_anew() {
        for before in [read(&[]), read(&[(SET, "a")])] {
            let mut attributes = Attributes::default();
            attributes.keep_identity(&before);
            let later = [("etag", "\"F\""), ("last-modified", "Wed, 28 Dec 2022 10:27:49 GMT")];
            let after =
                Identity::read(&headers(&later.into_iter().chain(attributes.iter()).collect::<Vec<_>>())).unwrap();
            assert_eq!(after, Identity { resealed: Some(1_672_223_269), ..before });
        }
        for wrong in ["", "x", "0123456789abcdef", "0123456789abcdef-x", "0123456789abcde-1"] {
            assert_eq!(read(&[(WAS, wrong)]).mark, read(&[]).mark, "{wrong}");
        }
    }
}
