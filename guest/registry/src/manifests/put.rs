//! Pushing of manifests.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{StatusCode, header};
use http_body::Body;

use super::Stored;
use super::document::Document;
use crate::body::ResponseBody;
use crate::digest::{Algorithm, Digest};
use crate::event::{Event, EventAction, EventDocument, EventTarget};
use crate::failure::{ErrorCode, ErrorEntry, Failure};
use crate::gc::{ManifestOutcome, NewManifest};
use crate::hash::digest_of;
use crate::layout;
use crate::links::window_after;
use crate::name::{RepositoryName, Tag};
use crate::ports::{Ports, Window};
use crate::ranges::content_length;
use crate::reference::Reference;
use crate::registry::{Answer, Call, Registry, header_value, response};

/// How many files are read or written concurrently: enough to hide the latency, and few enough for the permits of a
/// tenant.
const AT_ONCE: usize = 8;

/// How much of a manifest that is too large is still read. A client sends all of it before it reads the response, and
/// if the connection is closed meanwhile it sees no response: so a moderately larger body is read to its end.
const MAX_DRAINED: usize = 16 << 20;

/// Reads a body of at most `limit` bytes.
async fn read_body<B>(mut body: B, limit: usize) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    let (mut content, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| {
            Failure::bad_request(ErrorCode::ManifestInvalid, format!("the body broke off: {error}"))
        })?;
        if let Ok(piece) = frame.into_data() {
            length += piece.len();
            if length <= limit {
                content.extend_from_slice(&piece);
            } else if length > MAX_DRAINED {
                break;
            }
        }
    }
    if length > limit { Err(too_large(limit)) } else { Ok(content.freeze()) }
}

fn too_large(limit: usize) -> Failure {
    let message = format!("a manifest has at most {limit} bytes");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::SizeInvalid, message)
}

fn missing_references(missing: Vec<Digest>) -> Failure {
    let mut failure = Failure::bad_request(ErrorCode::ManifestBlobUnknown, String::new());
    failure.errors = missing
        .into_iter()
        .map(|digest| ErrorEntry {
            code: ErrorCode::ManifestBlobUnknown,
            message: "the manifest names something that is not in this repository".to_owned(),
            detail: serde_json::json!({ "digest": digest.to_string() }),
        })
        .collect();
    failure
}

impl<P: Ports> Registry<P> {
    /// `PUT` of a manifest. Requests to OSS: 2 at once for each reference that is not remembered; 2 for the manifest, 2 for
    /// each tag, 1 where it has a subject.
    ///
    /// The order protects the layout: the references exist, then the content is written, its revision link, the entry
    /// that lists it as a referrer, and last the tags. Wherever this is interrupted, no tag names a manifest that does
    /// not exist.
    pub(crate) async fn put_manifest<B>(
        &self,
        name: &RepositoryName,
        reference: &Reference,
        call: &Call<'_>,
        body: B,
    ) -> Result<Answer<P>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let limit = self.options().manifest_limit;
        if content_length(call.headers).is_some_and(|length| length > limit.max(MAX_DRAINED) as u64) {
            return Err(too_large(limit));
        }
        let mut tags = Vec::new();
        for tag in call.query.all("tag") {
            let tag =
                Tag::parse(tag).ok_or_else(|| Failure::bad_request(ErrorCode::TagInvalid, "this is not a tag"))?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let by_parameter = tags.clone();
        let content = read_body(body, limit).await?;
        let digest = match reference {
            Reference::Digest(digest) => {
                let computed = digest_of(digest.algorithm(), &content);
                if computed != *digest {
                    let message = format!("the manifest's digest is {computed}");
                    return Err(Failure::bad_request(ErrorCode::DigestInvalid, message));
                }
                computed
            }
            Reference::Tag(tag) => {
                if !tags.contains(tag) {
                    tags.push(tag.clone());
                }
                digest_of(Algorithm::Sha256, &content)
            }
        };
        let document = Document::parse(&content)?;
        let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        document.check(content_type, self.options().any_manifest_type)?;
        let guard = self.reference_mutexes().lock(name, Reference::Digest(digest.clone())).await;
        let window = self.store_manifest(name, &digest, &document, &content).await?;
        let put_tag = |tag| self.put_tag(name, tag, &digest, window);
        stream::iter(&tags).map(Ok).try_for_each_concurrent(AT_ONCE, put_tag).await?;
        drop(guard);

        let mut response = response(StatusCode::CREATED, ResponseBody::empty());
        let headers = response.headers_mut();
        headers.insert(header::LOCATION, header_value(format_args!("/v2/{name}/manifests/{digest}")));
        headers.insert("docker-content-digest", header_value(&digest));
        if let Some(subject) = document.subject()? {
            headers.insert("oci-subject", header_value(subject));
        }
        for tag in by_parameter {
            headers.append("oci-tag", header_value(tag));
        }
        let document = EventDocument { media_type: document.media_type().to_owned(), content };
        let target = EventTarget::Manifest { digest, document: Some(document), tags };
        Event { action: EventAction::Push, repository: name.clone(), target }.attach(&mut response);
        Ok(response)
    }

    /// Stores a manifest with its revision and lists it as a referrer. Returns the window for what follows from the revision.
    async fn store_manifest(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        document: &Document,
        content: &Bytes,
    ) -> Result<Window, Failure> {
        let references = document.references()?;
        let manifest = NewManifest { digest, content: content.clone(), references: &references };
        let window = match self.pushes().manifest(name, &manifest).await? {
            ManifestOutcome::Stored(date) => window_after(date),
            ManifestOutcome::Missing(missing) => return Err(missing_references(missing)),
        };
        let size = content.len() as u64;
        self.contents().insert(digest, content.clone());
        if let Some(subject) = document.subject()? {
            let descriptor = serde_json::to_vec(&Stored::read(content).describe(digest, size)).map_err(|error| {
                Failure::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, error.to_string())
            })?;
            let (link, descriptor) = (layout::referrer_link(name, &subject, digest), Bytes::from(descriptor));
            self.put_within(&link, descriptor.clone(), window).await?;
            self.descriptors().insert(digest, descriptor);
        }
        Ok(window)
    }

    /// Writes a tag's links. The history is written first, because a deletion by digest finds tags by that.
    async fn put_tag(&self, name: &RepositoryName, tag: &Tag, digest: &Digest, window: Window) -> Result<(), Failure> {
        let _guard = self.reference_mutexes().lock(name, Reference::Tag(tag.clone())).await;
        let target = Bytes::from(digest.to_string());
        self.put_within(&layout::tag_index(name, tag, digest), target.clone(), window).await?;
        self.put_within(&layout::tag_current(name, tag), target, window).await?;
        Ok(())
    }
}
