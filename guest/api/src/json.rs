//! The JSON documents of requests and responses.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;

use crate::key::{LONGEST_PATH, PATH_PATTERN};
use crate::ports::{Entry, Holder, KeyEntry, Lease, LockInfo, LockState, Released, UrlSigned, WrittenFile};
use crate::problem::{Document, Problem, ProblemKind};
use crate::times;

/// A page of keys.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateList")]
pub(crate) struct KeyPage {
    /// The entries, in the byte order of their keys.
    pub entries: Vec<KeyEntryView>,
    /// How many objects below the prefix have names that no key can have; they are in no page.
    pub left_out: u64,
    /// Where to go on, as the next `after`; absent where nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a listing tells of a key.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateEntry")]
pub(crate) struct KeyEntryView {
    /// The key, in full.
    pub key: String,
    /// Whether it is a directory. A key that is both is told as a value.
    pub is_directory: bool,
    /// The value's size in bytes; absent for a directory, and for a value that is sealed where the size of its object does
    /// not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was last changed; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub modified: Option<String>,
}

/// What is known of a key.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertificateInfo")]
pub(crate) struct KeyView {
    /// The key.
    pub key: String,
    /// Whether it is a directory. A key that is both is told as a value.
    pub is_directory: bool,
    /// The value's size in bytes; 0 for a directory.
    pub size: u64,
    /// When it was last changed; of a directory, when the newest of the first 1000 keys below it was.
    #[schemars(extend("format" = "date-time"))]
    pub modified: String,
}

/// A change that took effect.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Written")]
pub(crate) struct WrittenView {
    /// The size in bytes of what is there now.
    pub size: u64,
    /// Its ETag, with its quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Its CRC-64 as OSS computes it, as a decimal number in a string: more than 53 bits long.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9]{1,20}$"))]
    pub crc64: Option<String>,
    /// Whether an earlier copy of the request, to which no answer came, may take effect once more until the lease's end. Until
    /// then, make no other change to it.
    pub perhaps_again: bool,
}

/// A removal that took effect.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Removed")]
pub(crate) struct RemovedView {
    /// As of `Written`.
    pub perhaps_again: bool,
}

/// A lease.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lease")]
pub(crate) struct LeaseView {
    /// The lock's name.
    pub name: String,
    /// The lease itself, for the header `Ossicle-Lease`. Pass on the newest; an older one of the same tenure still renews and
    /// releases.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub lease: String,
    /// The fencing token. It grows strictly with every tenure of a name, for ever.
    pub fencing_token: u64,
    /// The holder's id.
    pub owner: String,
    /// Whether the tenure before had run out, so that its holder may have left things half done.
    pub taken_over: bool,
    /// How long to trust it, in milliseconds from when the request was sent that got or renewed it.
    pub time_left_ms: u64,
    /// How often to renew it, in milliseconds.
    pub renew_every_ms: u64,
}

/// Who holds a lock.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Holder")]
pub(crate) struct HolderView {
    /// The holder's id.
    pub owner: String,
    /// The fencing token of its tenure.
    pub fencing_token: u64,
    /// After how many milliseconds the lock can be taken over unless the holder renews it.
    pub remaining_ms: u64,
}

/// A lock's state.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "LockState")]
pub(crate) enum StateView {
    /// Nobody holds it.
    Free,
    /// It is held.
    Held,
    /// Its holder let it run out, and nobody took it over yet.
    Expired,
    /// The end of its log is no record: break it with token 0, or wait until it can be taken over.
    Unreadable,
}

/// What a look at a lock shows.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lock")]
pub(crate) struct LockView {
    /// The lock's name.
    pub name: String,
    /// Its state.
    pub state: StateView,
    /// Of a lock that is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// The fencing token of the holder, or of the tenure before; 0 where there was none or nobody knows.
    pub fencing_token: u64,
    /// Of a lock that is unreadable: after how many milliseconds it can be taken over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<u64>,
    /// The name of its object in the bucket.
    pub object: String,
    /// How long its log is, in bytes; 0 where there is none.
    pub length: u64,
}

/// What became of a lease that was to be released.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "ReleaseOutcome")]
pub(crate) enum ReleaseOutcome {
    /// It was held, and this released it.
    Released,
    /// It had been released before.
    AlreadyGone,
    /// Others have had the lock since, or an operator broke it: what it protected was not protected to the end.
    Lost,
}

/// The release of a lease.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Release")]
pub(crate) struct ReleaseView {
    /// What became of it.
    pub outcome: ReleaseOutcome,
    /// The fencing token of its tenure.
    pub fencing_token: u64,
}

/// The breaking of a lock.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Break")]
pub(crate) struct BreakView {
    /// Whether the tenure was held until now.
    pub was_held: bool,
    /// The fencing token of the tenure, which is over: the one of the request.
    pub fencing_token: u64,
}

/// A file or directory.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BlobInfo")]
pub(crate) struct EntryView {
    /// Its path, with `/` in front and none at its end.
    pub path: String,
    /// Whether it is a directory. A path that is both is told as a file.
    pub is_directory: bool,
    /// In bytes; 0 for a directory.
    pub size: u64,
    /// When it was last changed; absent for a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub modified: Option<String>,
    /// The ETag with its quotes, where one file was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

/// A page of a directory.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BlobList")]
pub(crate) struct EntryPage {
    /// The entries, in the byte order of their paths, a directory's with `/` at its end.
    pub entries: Vec<EntryView>,
    /// Where to go on, as the next `after`; absent where nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A line of a walk that says why the walk broke off. It is the last one, and what came before is not all.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WalkError")]
pub(crate) struct WalkError<'a> {
    /// Why.
    pub error: &'a Document,
}

/// A copy or a move.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CopyRequest")]
pub(crate) struct CopyRequest {
    /// The file's path, of at most 901 characters.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub source: String,
    /// The path of the copy, of at most 901 characters.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub destination: String,
    /// Whether a file at the destination is replaced. Default: yes.
    #[serde(default = "yes")]
    pub overwrite: bool,
}

const fn yes() -> bool {
    true
}

/// What a presigned URL is for.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "UrlMethod")]
pub(crate) enum UrlMethodView {
    /// To read the content.
    #[default]
    Get,
    /// To read what is known of it.
    Head,
}

/// A presigned URL that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UrlRequest")]
pub(crate) struct UrlBody {
    /// The file's path, of at most 901 characters. Whether it is there is not looked at.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub path: String,
    /// What it is for.
    #[serde(default)]
    pub method: UrlMethodView,
    /// For how many seconds, at most 7 days. Default: 20 minutes.
    #[serde(default = "twenty_minutes", deserialize_with = "integer")]
    #[schemars(range(min = 1, max = 604_800))]
    pub expires_in_s: u64,
}

const fn twenty_minutes() -> u64 {
    20 * 60
}

/// A presigned URL. It is a secret: whoever has it can read the file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Url")]
pub(crate) struct UrlView {
    /// The URL.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// For how many seconds it holds: as was asked, or less where the credentials that it is signed with end before.
    pub expires_in_s: u64,
    /// Whether the time that it is signed with is OSS's, rather than the clock's of the service.
    pub time_is_known: bool,
}

/// A number without a fraction, which JSON Schema also takes for an integer where it is written as `1.0`.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    // Below this every whole number is a float of its own.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let number = Number::deserialize(deserializer)?;
    let whole = || number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..LARGEST).contains(float));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and within bounds")]
    let found = number.as_u64().or_else(|| whole().map(|float| float as u64));
    found.ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0 on")))
}

/// As [`integer`], or none.
fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    struct Whole(#[serde(deserialize_with = "integer")] u64);
    Ok(Option::<Whole>::deserialize(deserializer)?.map(|Whole(number)| number))
}

/// An upload that is to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UploadRequest")]
pub(crate) struct UploadBody {
    /// The path of the file that it makes, of at most 901 characters.
    #[schemars(length(max = LONGEST_PATH), regex(pattern = PATH_PATTERN))]
    pub path: String,
    /// How many bytes will come, where that is known: makes parts large enough.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schemars(range(min = 0, max = 52_428_800_000_000_u64))]
    pub size: Option<u64>,
    /// The content's type, of at most 255 characters. Default: `application/octet-stream`.
    #[serde(default)]
    #[schemars(regex(pattern = crate::key::MEDIA_TYPE_PATTERN))]
    pub content_type: Option<String>,
}

/// An upload.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Upload")]
pub(crate) struct UploadView {
    /// The upload, as paths of requests have it.
    pub upload: String,
    /// The path of the file that it makes.
    pub path: String,
    /// How many bytes are there: the next content goes here.
    pub offset: u64,
}

/// A document as bytes.
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
    /// Of a lease with this fencing token.
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

impl From<UrlSigned> for UrlView {
    fn from(signed: UrlSigned) -> Self {
        let UrlSigned { url, holds_for, time_is_known } = signed;
        Self { url, expires_in_s: holds_for.as_secs(), time_is_known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::schema_for;

    /// A request that the document allows is not refused for a length that it does not tell.
    #[test]
    fn how_long_a_path_may_be_stands_in_the_document() {
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
