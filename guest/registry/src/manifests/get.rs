//! Reading of manifests.

use bytes::Bytes;
use http::{StatusCode, header};

use super::Stored;
use crate::blobs::is_unchanged;
use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventDocument, EventTarget};
use crate::failure::{ErrorCode, Failure};
use crate::gc::Kind;
use crate::hash::digest_of;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{ByteRange, Ports};
use crate::reference::Reference;
use crate::registry::{Answer, Call, Registry, header_value, response};

impl<P: Ports> Registry<P> {
    /// `GET` and `HEAD` of a manifest. Requests to OSS: 1 for a tag, and 2 at once for a manifest that is not remembered.
    ///
    /// What is stored is given whatever `Accept` says: a client that gets a type that it does not know can say so, and one
    /// that gets another manifest than the one it named can't.
    pub(crate) async fn get_manifest(
        &self,
        name: &RepositoryName,
        reference: &Reference,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let digest = match reference {
            Reference::Digest(digest) => digest.clone(),
            Reference::Tag(tag) => {
                let link = self.read_link(&layout::tag_current(name, tag)).await?;
                link.ok_or_else(|| Failure::manifest_unknown(tag))?.target
            }
        };
        let content = self.manifest_content(name, &digest).await?.ok_or_else(|| Failure::manifest_unknown(&digest))?;
        let stored = Stored::read(&content);
        if stored.is_schema_1() {
            let message = "this is a manifest of schema 1, which is served no more: push the image with a newer client";
            return Err(Failure::not_found(ErrorCode::ManifestUnknown, message));
        }
        let etag = format!("\"{digest}\"");
        let is_unchanged = is_unchanged(call.headers, &etag);
        let mut response = if is_unchanged {
            response(StatusCode::NOT_MODIFIED, ResponseBody::empty())
        } else {
            response(StatusCode::OK, ResponseBody::bytes(content.clone()))
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header_value(stored.media_type()));
        headers.insert(header::ETAG, header_value(etag));
        headers.insert("docker-content-digest", header_value(&digest));
        if !is_unchanged {
            let tags = match reference {
                Reference::Tag(tag) => vec![tag.clone()],
                Reference::Digest(_) => vec![],
            };
            let document = EventDocument { media_type: stored.media_type().to_owned(), content };
            let target = EventTarget::Manifest { digest, document: Some(document), tags };
            Event { action: EventAction::Pull, repository: name.clone(), target }.attach(&mut response);
        }
        Ok(response)
    }

    /// The content of a manifest that is in a repository. 2 requests at once, and none where it is remembered.
    pub(crate) async fn manifest_content(
        &self,
        name: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<Bytes>, Failure> {
        if let Some(content) = self.contents().get(digest) {
            return Ok(self.find(Kind::Manifest, name, digest).await?.map(|_| content));
        }
        let Some((_, loaded)) = self.find_content(Kind::Manifest, name, digest, ByteRange::Whole).await? else {
            return Ok(None);
        };
        let computed = digest_of(digest.algorithm(), &loaded.content);
        if computed != *digest {
            let message = format!("the manifest stored for {digest} has the digest {computed}");
            return Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, message));
        }
        self.contents().insert(digest, loaded.content.clone());
        Ok(Some(loaded.content))
    }
}
