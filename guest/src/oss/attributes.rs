//! The attributes of a new object: the headers that are stored with its bytes.

use crate::message::{Method, ResponseHeaders, is_field_value};

use super::answer::Retry;
use super::attempt::AttemptError;
use super::call::Call;
use super::client::Client;
use super::meta::ObjectMeta;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::ports::Ports;

/// The headers that a `HEAD` returns and a write can set (OSS documentation: *PutObject*).
const TAKEN: [&str; 10] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    STORAGE_CLASS,
    "x-oss-server-side-encryption",
    "x-oss-server-side-encryption-key-id",
    "x-oss-server-side-data-encryption",
];

/// The header of the storage class.
pub(super) const STORAGE_CLASS: &str = "x-oss-storage-class";
/// The prefix of the names of the encryption headers.
const ENCRYPTION: &str = "x-oss-server-side-";

/// The headers of a write that become part of the object: content type, storage class, encryption, metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Sets a header and replaces any of that name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// These attributes, overridden by other ones.
    #[must_use]
    pub fn overlaid(mut self, other: &Self) -> Self {
        // A mixture of two encryptions would be invalid, so drop all headers of the first one.
        if other.iter().any(|(name, _)| name.starts_with(ENCRYPTION)) {
            self.0.retain(|(name, _)| !name.starts_with(ENCRYPTION));
        }
        other.iter().for_each(|(name, value)| self.set(name, value));
        self
    }

    /// Only the attributes about encryption.
    #[must_use]
    pub fn encryption(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| name.starts_with(ENCRYPTION)).cloned().collect())
    }

    /// These attributes, but with OSS's standard storage class instead of the bucket's: for objects that exist only
    /// briefly, or must be readable immediately.
    #[must_use]
    pub fn in_standard_storage(&self) -> Self {
        let mut attributes = self.clone();
        attributes.set(STORAGE_CLASS, "Standard");
        attributes
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads the attributes that a copy by parts must set. An attribute that a request can't set is an error: without
    /// it the copy would differ from the object.
    fn read(headers: &ResponseHeaders) -> Result<Self, AttemptError> {
        let is_taken = |name: &str| TAKEN.contains(&name) || name.starts_with("x-oss-meta-");
        let named = headers.all().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        let taken = named.filter(|(name, _)| is_taken(name)).map(|(name, value)| {
            let text = String::from_utf8(value).ok().filter(|text| is_field_value(text));
            match text {
                Some(text) => Ok((name, text)),
                None => {
                    let message =
                        format!("the object's {name} is not UTF-8, so that a copy by parts can't be given it");
                    Err(AttemptError::new(ErrorKind::Unsupported, Retry::Never, message))
                }
            }
        });
        Ok(Self(taken.collect::<Result<_, AttemptError>>()?))
    }
}

impl<P: Ports> Client<P> {
    /// HeadObject: the metadata of an object, and the attributes that a copy by parts must set. 1 request, and 1 more
    /// for an object that has tags.
    ///
    /// # Errors
    /// As [`Client::head_object`].
    pub async fn head_attributes(&self, key: &str, object: &ObjectName) -> Result<(ObjectMeta, Attributes), Error> {
        let call = Call::new("HeadObject", Method::Head, Some(key), Some(object.as_str()));
        let result = self
            .perform(&call, async |received| {
                let tags = received.headers.number("x-oss-tagging-count").unwrap_or(0);
                Ok((ObjectMeta::read(&received.headers)?, Attributes::read(&received.headers)?, tags))
            })
            .await;
        let (meta, mut attributes, tags) = result.map_err(super::object::absent)?;
        if tags > 0 {
            attributes.set("x-oss-tagging", self.object_tags(key, object).await?);
        }
        Ok((meta, attributes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1.11: metadata that is not ASCII was left out of copies by parts.
    #[test]
    fn what_is_not_ascii_is_kept_or_refused() {
        let headers = |value: &[u8]| {
            ResponseHeaders::new(vec![("X-Oss-Meta-A".into(), value.to_vec()), ("x-other".into(), vec![0xff])])
        };
        let kept = Attributes::read(&headers("größe 测试".as_bytes())).unwrap();
        assert_eq!(kept.iter().collect::<Vec<_>>(), [("x-oss-meta-a", "größe 测试")]);
        let refused = Attributes::read(&headers(b"gr\xf6\xdfe")).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Unsupported);
        assert!(refused.message.contains("x-oss-meta-a"));
    }

    #[test]
    fn an_encryption_is_replaced_as_a_whole() {
        let mut source = Attributes::default();
        source.set("x-oss-server-side-encryption", "KMS");
        source.set("x-oss-server-side-encryption-key-id", "id");
        source.set("x-oss-storage-class", "IA");
        let mut options = Attributes::default();
        options.set("x-oss-server-side-encryption", "AES256");
        let both = source.clone().overlaid(&options);
        assert_eq!(
            both.iter().collect::<Vec<_>>(),
            [("x-oss-storage-class", "IA"), ("x-oss-server-side-encryption", "AES256")]
        );
        assert_eq!(source.clone().overlaid(&Attributes::default()), source);
    }
}
