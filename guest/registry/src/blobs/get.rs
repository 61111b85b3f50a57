//! Reading of blobs.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventTarget};
use crate::failure::{ErrorCode, Failure};
use crate::gc::{Kind, Presence};
use crate::hash::digest_of;
use crate::layout;
use crate::links::found;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Ports, Storage};
use crate::ranges::Wanted;
use crate::registry::{Answer, Call, Content, Registry, header_value, response};

/// How much of a blob is read together with its link. Configs, which clients read with every image, are nearly always
/// smaller and so need no further request; for a larger blob that is redirected, no more than this is read in vain.
const PREFETCHED: u64 = 64 * 1024;

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The content of a digest never changes, so it may be cached for a year, as in distribution.
const CACHE_FOR_A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether a client has the content with this ETag already.
pub fn is_unchanged(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|list| list.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == etag || one == "*")
}

impl<P: Ports> Registry<P> {
    /// `GET` and `HEAD` of a blob. Requests to OSS: `HEAD` 2 in turn (1 where the blob is not there), `GET` 2 at once; 0 where
    /// the blob is remembered, and 1 to send one that is not in memory.
    pub(crate) async fn get_blob(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let remembered = self.remembered(Kind::Blob, name, digest);
        if call.is_head {
            // A client that requests the head of a blob is about to push a manifest that names it. A read-only registry
            // accepts no pushes.
            let presence = if self.options().read_only {
                self.find(Kind::Blob, name, digest).await?
            } else {
                self.pushes().head(name, digest).await?
            };
            let presence = presence.ok_or_else(|| Failure::blob_unknown(digest))?;
            let mut response = response(StatusCode::OK, ResponseBody::empty());
            response.headers_mut().insert(header::CONTENT_LENGTH, presence.size.into());
            self.blob_headers(response.headers_mut(), digest);
            return Ok(pulled(name, digest, presence.size, response));
        }
        if is_unchanged(call.headers, &format!("\"{digest}\"")) && self.find(Kind::Blob, name, digest).await?.is_some()
        {
            let mut response = response(StatusCode::NOT_MODIFIED, ResponseBody::empty());
            self.blob_headers(response.headers_mut(), digest);
            return Ok(response);
        }
        let presence = match remembered {
            Some(presence) => presence,
            None => {
                let beginning = ByteRange::Within { offset: 0, length: PREFETCHED };
                let found = self.find_content(Kind::Blob, name, digest, beginning).await?;
                let (presence, loaded) = found.ok_or_else(|| Failure::blob_unknown(digest))?;
                if loaded.content.len() as u64 == presence.size {
                    self.verify(digest, &loaded.content)?;
                    self.contents().insert(digest, loaded.content);
                }
                presence
            }
        };
        // Check this before a redirect as well: OSS responds to a range that does not exist with 200 and the whole
        // content.
        let part = wanted_part(call.headers, presence.size)?;
        if let Some(content) = self.contents().get(digest) {
            let response = self.blob_from_memory(digest, &content, part);
            return Ok(pulled(name, digest, content.len() as u64, response));
        }
        if let Some(redirects) = &self.options().redirects
            && presence.size >= redirects.from_size
        {
            let url = self.storage().url_for(&layout::blob(&presence.target), redirects.expiry).await?;
            let location = HeaderValue::try_from(url.url).map_err(|_| {
                let message = "the signed URL can't stand in a header";
                Failure::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, message)
            })?;
            let mut response = response(StatusCode::TEMPORARY_REDIRECT, ResponseBody::empty());
            self.blob_headers(response.headers_mut(), digest);
            // The URL expires long before the content changes.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.headers_mut().insert(header::LOCATION, location);
            return Ok(pulled(name, digest, presence.size, response));
        }
        let response = self.blob_from_storage(name, digest, &presence, part).await?;
        Ok(pulled(name, digest, presence.size, response))
    }

    fn verify(&self, digest: &Digest, content: &Bytes) -> Result<(), Failure> {
        let computed = digest_of(digest.algorithm(), content);
        if computed == *digest {
            return Ok(());
        }
        let message = format!("the content stored for {digest} has the digest {computed}");
        Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, message))
    }

    fn blob_headers(&self, headers: &mut HeaderMap, digest: &Digest) {
        headers.insert(header::CONTENT_TYPE, OCTETS);
        headers.insert(header::CACHE_CONTROL, CACHE_FOR_A_YEAR);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::ETAG, header_value(format_args!("\"{digest}\"")));
        headers.insert("docker-content-digest", header_value(digest));
    }

    fn blob_response(&self, digest: &Digest, size: u64, part: Option<(u64, u64)>, body: Content<P>) -> Answer<P> {
        let status = if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let mut response = response(status, body);
        self.blob_headers(response.headers_mut(), digest);
        if let Some((first, last)) = part {
            let range = header_value(format_args!("bytes {first}-{last}/{size}"));
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
        response
    }

    fn blob_from_memory(&self, digest: &Digest, content: &Bytes, part: Option<(u64, u64)>) -> Answer<P> {
        let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let body = match part {
            Some((first, last)) => content.slice(place(first)..place(last.saturating_add(1))),
            None => content.clone(),
        };
        self.blob_response(digest, content.len() as u64, part, ResponseBody::bytes(body))
    }

    async fn blob_from_storage(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        presence: &Presence,
        part: Option<(u64, u64)>,
    ) -> Result<Answer<P>, Failure> {
        let (range, length) = match part {
            Some((first, last)) => {
                let length = last - first + 1;
                (ByteRange::Within { offset: first, length }, length)
            }
            None => (ByteRange::Whole, presence.size),
        };
        let path = layout::blob(&presence.target);
        let Some(opened) = found(self.storage().open(&path, range).await)? else {
            // The blob was removed after it was found.
            self.epochs().forget(Kind::Blob, name, digest);
            return Err(Failure::blob_unknown(digest));
        };
        if opened.info.size != presence.size || opened.length != length {
            self.epochs().forget(Kind::Blob, name, digest);
            return Err(Failure::unavailable("the content has another size than before"));
        }
        Ok(self.blob_response(digest, presence.size, part, ResponseBody::file(opened.content, length)))
    }
}

/// Adds the event of a pull to a response.
fn pulled<B>(name: &RepositoryName, digest: &Digest, size: u64, mut response: Response<B>) -> Response<B> {
    let target = EventTarget::Blob { digest: digest.clone(), size: Some(size) };
    Event { action: EventAction::Pull, repository: name.clone(), target }.attach(&mut response);
    response
}

/// The part of a blob that a request asks for: its first and last byte. `None`: all.
fn wanted_part(headers: &HeaderMap, size: u64) -> Result<Option<(u64, u64)>, Failure> {
    match Wanted::of(headers, size) {
        Wanted::Whole => Ok(None),
        Wanted::Part { first, last } => Ok(Some((first, last))),
        Wanted::Unsatisfiable => {
            let message = format!("the range is not one of {size} bytes");
            Err(Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, ErrorCode::RangeInvalid, message)
                .with_header(header::CONTENT_RANGE, header_value(format_args!("bytes */{size}"))))
        }
    }
}
