//! The JSON documents of requests and responses.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;

use crate::key::{LONGEST_PATH, PATH_PATTERN};
use crate::ports::{Entry, Holder, KeyEntry, Lease, LockInfo, LockState, Released, SignedUrl, WrittenFile};
use crate::problem::{Document, Problem, ProblemKind};
use crate::times;

/// A page of a listing of keys.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateList")]
pub(crate) struct KeyPage {
    /// The entries, in the byte order of their keys.
    pub entries: Vec<KeyEntryView>,
    /// How many objects below the prefix have names that can't be keys. They are not on any page.
    pub left_out: u64,
    /// The `after` of the next page; absent if nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The metadata of a key in a listing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateEntry")]
pub(crate) struct KeyEntryView {
    /// The complete key.
    pub key: String,
    /// Whether the key is a directory. A key that is both a value and a directory is reported as a value.
    pub is_directory: bool,
    /// The value's size in bytes; absent for a directory, and for an encrypted value if the size of its object does not
    /// determine it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The time of the last change; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub modified: Option<String>,
}

/// The metadata of a key.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateInfo")]
pub(crate) struct KeyView {
    /// The key.
    pub key: String,
    /// Whether the key is a directory. A key that is both a value and a directory is reported as a value.
    pub is_directory: bool,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// The time of the last change; for a directory the latest one of the first 1000 keys below it.
    #[schemars(extend("format" = "date-time"))]
    pub modified: String,
}

/// A change that took effect.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Written")]
pub(crate) struct WrittenView {
    /// The size in bytes after the change.
    pub size: u64,
    /// The ETag, with its quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The CRC-64 as OSS computes it, as a decimal number in a string, because it can have more than 53 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]{1,20}$"))]
    pub crc64: Option<String>,
    /// Whether another attempt of the request, to which no response came, may take effect once more until the lease's
    /// end. Until then, make no other change to this key or path.
    pub perhaps_again: bool,
}

/// A removal that took effect.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Removed")]
pub(crate) struct RemovedView {
    /// As in `Written`.
    pub perhaps_again: bool,
}

/// A lease.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lease")]
pub(crate) struct LeaseView {
    /// The lock's name.
    pub name: String,
    /// The lease itself, for the header `Ossicle-Lease`. Use the newest one; an older one of the same tenure can still
    /// be renewed and released.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub lease: String,
    /// The fencing token, which grows with every tenure of a name and is never reused.
    pub fencing_token: u64,
    /// The holder's id.
    pub owner: String,
    /// Whether the previous tenure expired, so that its holder may have left work unfinished.
    pub taken_over: bool,
    /// How long the lease can be relied on, in milliseconds from the moment at which the request that acquired or
    /// renewed it was sent.
    pub time_left_ms: u64,
    /// The interval at which to renew the lease, in milliseconds.
    pub renew_every_ms: u64,
}

/// The holder of a lock.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Holder")]
pub(crate) struct HolderView {
    /// The holder's id.
    pub owner: String,
    /// The fencing token of the tenure.
    pub fencing_token: u64,
    /// The time in milliseconds after which the lock can be taken over unless the holder renews it.
    pub remaining_ms: u64,
}

/// The state of a lock.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "LockState")]
pub(crate) enum StateView {
    /// Nobody holds the lock.
    Free,
    /// The lock is held.
    Held,
    /// The last tenure expired, and nobody has taken the lock over yet.
    Expired,
    /// The end of the lock's log is not a record. Break the lock with token 0, or wait until it can be taken over.
    Unreadable,
}

/// The result of inspecting a lock.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lock")]
pub(crate) struct LockView {
    /// The lock's name.
    pub name: String,
    /// The state of the lock.
    pub state: StateView,
    /// The holder, if the lock is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// The fencing token of the holder or of the previous tenure; 0 if there was none or it is unknown.
    pub fencing_token: u64,
    /// If the lock is unreadable, the time in milliseconds after which it can be taken over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<u64>,
    /// The name of the lock's object in the bucket.
    pub object: String,
    /// The length of the lock's log in bytes; 0 if there is none.
    pub length: u64,
}

/// The result of releasing a lease.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ReleaseOutcome")]
pub(crate) enum ReleaseOutcome {
    /// The lease was held, and is now released.
    Released,
    /// The lease had been released before.
    AlreadyGone,
    /// The lock was acquired by another holder since, or was broken by an operator: what the lease protected was not
    /// protected until the end.
    Lost,
}

/// The release of a lease.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Release")]
pub(crate) struct ReleaseView {
    /// What happened to the lease.
    pub outcome: ReleaseOutcome,
    /// The fencing token of the tenure.
    pub fencing_token: u64,
}

/// The breaking of a lock.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Break")]
pub(crate) struct BreakView {
    /// Whether the tenure was still held.
    pub was_held: bool,
    /// The fencing token in the request, whose tenure is over now.
    pub fencing_token: u64,
}

/// A file or directory.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BlobInfo")]
pub(crate) struct EntryView {
    /// The path, which begins with `/` and does not end with one.
    pub path: String,
    /// Whether the path is a directory. A path that is both a file and a directory is reported as a file.
    pub is_directory: bool,
    /// The size in bytes; 0 for a directory.
    pub size: u64,
    /// The time of the last change; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub modified: Option<String>,
    /// The ETag with its quotes; present only if a single file was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

/// A page of a directory.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BlobList")]
pub(crate) struct EntryPage {
    /// The entries, in the byte order of their paths, where the path of a directory has `/` at its end.
    pub entries: Vec<EntryView>,
    /// The `after` of the next page; absent if nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The last line of a walk that failed. The lines before it are not the complete walk.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WalkError")]
pub(crate) struct WalkError<'a> {
    /// The reason for the failure.
    pub error: &'a Document,
}

/// The parameters of a copy or a move.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CopyRequest")]
pub(crate) struct CopyRequest {
    /// The path of the source, of at most 901 characters.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub source: String,
    /// The path of the copy, of at most 901 characters.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub destination: String,
    /// Whether an existing file at the destination is replaced. Default: true.
    #[serde(default = "yes")]
    pub overwrite: bool,
}

const fn yes() -> bool {
    true
}

/// The method for which a presigned URL is valid.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "UrlMethod")]
pub(crate) enum UrlMethodView {
    /// To read the content.
    #[default]
    Get,
    /// To read the metadata.
    Head,
}

/// The parameters of a presigned URL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UrlRequest")]
pub(crate) struct UrlBody {
    /// The file's path, of at most 901 characters. Whether the file exists is not checked.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub path: String,
    /// The method for which the URL is valid.
    #[serde(default)]
    pub method: UrlMethodView,
    /// How many seconds the URL should be valid, at most 7 days. Default: 20 minutes.
    #[serde(default = "twenty_minutes", deserialize_with = "integer")]
    #[schemars(range(min = 1, max = 604_800))]
    pub expires_in_s: u64,
}

const fn twenty_minutes() -> u64 {
    20 * 60
}

/// A presigned URL. It is a secret, because anyone who has it can read the file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Url")]
pub(crate) struct UrlView {
    /// The URL.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// How many seconds the URL is valid: as requested, or less if the credentials with which it is signed expire
    /// earlier.
    pub expires_in_s: u64,
    /// Whether the URL was signed with OSS's time, rather than with that of the service's clock.
    pub time_is_known: bool,
}

/// Reads an integer. As in JSON Schema, a number such as `1.0` is an integer too.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    // Below this limit every integer is exactly representable as a float.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let number = Number::deserialize(deserializer)?;
    let whole = || number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..LARGEST).contains(float));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the float is an integer within bounds"
    )]
    let found = number.as_u64().or_else(|| whole().map(|float| float as u64));
    found.ok_or_else(|| D::Error::custom(format!("{number} is not an integer from 0 on")))
}

/// Reads an optional integer, like [`integer`].
fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    struct Whole(#[serde(deserialize_with = "integer")] u64);
    Ok(Option::<Whole>::deserialize(deserializer)?.map(|Whole(number)| number))
}

/// The parameters of a new upload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UploadRequest")]
pub(crate) struct UploadBody {
    /// The path of the file that the upload creates.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub path: String,
    /// The expected number of bytes, if known. The parts are then made large enough.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schemars(range(min = 0, max = 52_428_800_000_000_u64))]
    pub size: Option<u64>,
    /// The media type of the content, of at most 255 characters. Default: `application/octet-stream`.
    #[serde(default)]
    #[schemars(regex(pattern = crate::key::MEDIA_TYPE_PATTERN))]
    pub content_type: Option<String>,
}

/// An upload.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Upload")]
pub(crate) struct UploadView {
    /// The name of the upload, for paths of requests.
    pub upload: String,
    /// The path of the file that the upload creates.
    pub path: String,
    /// The number of bytes that the upload has, which is the position of the next content.
    pub offset: u64,
}

/// Writes a document as JSON.
pub(crate) fn to_bytes<T: Serialize>(document: &T) -> Result<Bytes, Problem> {
    serde_json::to_vec(document)
        .map(Bytes::from)
        .map_err(|error| Problem::new(ProblemKind::Defect, format!("a document can't be written: {error}")))
}

fn milliseconds(length: std::time::Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

impl From<Holder> for HolderView {
    fn from(holder: Holder) -> Self {
        let Holder { owner, fencing_token, remaining } = holder;
        Self { owner, fencing_token, remaining_ms: milliseconds(remaining) }
    }
}

impl LeaseView {
    pub(crate) fn of(lease: &impl Lease) -> Self {
        Self {
            name: lease.name().to_owned(),
            lease: lease.to_text(),
            fencing_token: lease.fencing_token(),
            owner: lease.owner().to_owned(),
            taken_over: lease.is_taken_over(),
            time_left_ms: milliseconds(lease.time_left()),
            renew_every_ms: milliseconds(lease.renew_every()),
        }
    }
}

impl LockView {
    pub(crate) fn of(name: String, info: LockInfo) -> Self {
        let LockInfo { object, length, state } = info;
        let mut view =
            Self { name, state: StateView::Free, holder: None, fencing_token: 0, remaining_ms: None, object, length };
        match state {
            LockState::Free(token) => view.fencing_token = token,
            LockState::Held(holder) => {
                view.state = StateView::Held;
                view.fencing_token = holder.fencing_token;
                view.holder = Some(holder.into());
            }
            LockState::Expired(token) => {
                view.state = StateView::Expired;
                view.fencing_token = token;
            }
            LockState::Unreadable(remaining) => {
                view.state = StateView::Unreadable;
                view.remaining_ms = Some(milliseconds(remaining));
            }
        }
        view
    }
}

impl ReleaseView {
    /// The release of a lease with this fencing token.
    pub fn of(fencing_token: u64, released: Released) -> Self {
        let outcome = match released {
            Released::Released => ReleaseOutcome::Released,
            Released::AlreadyGone => ReleaseOutcome::AlreadyGone,
            Released::Lost => ReleaseOutcome::Lost,
        };
        Self { outcome, fencing_token }
    }
}

impl From<KeyEntry> for KeyEntryView {
    fn from(KeyEntry { key, value }: KeyEntry) -> Self {
        let modified = value.and_then(|value| times::date_time(value.modified));
        Self { key, is_directory: value.is_none(), size: value.and_then(|value| value.size), modified }
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let Entry { path, is_directory, size, modified, etag } = entry;
        Self { path, is_directory, size, modified: modified.and_then(times::date_time), etag }
    }
}

impl From<WrittenFile> for WrittenView {
    fn from(written: WrittenFile) -> Self {
        let WrittenFile { size, etag, crc64, perhaps_again } = written;
        Self { size, etag, crc64: crc64.map(|crc64| crc64.to_string()), perhaps_again }
    }
}

impl From<SignedUrl> for UrlView {
    fn from(signed: SignedUrl) -> Self {
        let SignedUrl { url, holds_for, time_is_known } = signed;
        Self { url, expires_in_s: holds_for.as_secs(), time_is_known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::schema_for;

    /// A request that the OpenAPI document allows must not be rejected for a length that the document does not state.
    #[test]
    fn document_states_the_maximum_length_of_paths() {
        for (schema, fields) in [
            (schema_for!(CopyRequest), &["source", "destination"][..]),
            (schema_for!(UrlBody), &["path"]),
            (schema_for!(UploadBody), &["path"]),
        ] {
            for field in fields {
                assert_eq!(schema.as_value()["properties"][field]["maxLength"], LONGEST_PATH, "{field}");
            }
        }
    }
}
