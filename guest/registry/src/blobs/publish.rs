//! Makes an upload a blob of a repository.
//!
//! Content is stored at the path of a blob only after its digest was verified, and no link names content that does not
//! exist: the link is written after the response of the request that stored the content.

use bytes::BytesMut;
use http::{StatusCode, header};

use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventTarget};
use crate::failure::{ErrorCode, Failure};
use crate::gc::BlobSource;
use crate::hash::digest_of;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{Guard, Ports, Storage, StorageError, StorageErrorKind, Writer, Written};
use crate::registry::{Answer, Registry, header_value, response};
use crate::session::{ContentLocation, LiveUpload, WriterOf};

/// The result of storing content at a path where another upload may have stored the same content already.
fn placed(result: Result<Written, StorageError>) -> Result<(), StorageError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.kind == StorageErrorKind::Exists => Ok(()),
        Err(error) => Err(error),
    }
}

/// An upload whose digest was verified and which must be moved to the blob's path.
struct Upload<'a, S: Storage> {
    storage: &'a S,
    live: &'a mut LiveUpload<S::Writer>,
    digest: &'a Digest,
}

impl<S: Storage> BlobSource for Upload<'_, S> {
    async fn place(&mut self) -> Result<u64, StorageError> {
        let (storage, target, live) = (self.storage, layout::blob(self.digest), &mut *self.live);
        match &mut live.location {
            ContentLocation::Memory => {
                let content = live.held.split().freeze();
                let put = placed(storage.put(&target, content.clone(), Guard::CREATE_ONLY).await);
                live.held = BytesMut::from(content);
                put?;
            }
            ContentLocation::Writer(writer) => {
                match writer.commit(Guard::CREATE_ONLY).await {
                    Err(error) if error.kind == StorageErrorKind::Exists => writer.cancel().await?,
                    committed => {
                        live.note_takeover(committed)?;
                    }
                }
                live.location = ContentLocation::Published;
            }
            ContentLocation::Published => match storage.stat(&target).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {
                    let message = "the blob was collected as garbage before it was linked: upload it again";
                    return Err(StorageError::new(StorageErrorKind::Unavailable, message));
                }
                Err(error) => return Err(error),
            },
            ContentLocation::Copy | ContentLocation::File => {
                let copied = placed(storage.copy(&live.path, &target, Guard::CREATE_ONLY).await);
                live.note_takeover(copied)?;
            }
        }
        Ok(live.offset)
    }
}

fn wrong_digest(wanted: &Digest, computed: &Digest) -> Failure {
    let message = format!("the content's digest is {computed}");
    Failure::bad_request(ErrorCode::DigestInvalid, message).with_detail(wanted.to_string().into())
}

impl<P: Ports> Registry<P> {
    /// Verifies the digest, stores the content at the blob's path and links it. After any failure except a wrong digest
    /// it can be retried.
    pub(crate) async fn publish(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
        digest: &Digest,
    ) -> Result<(), Failure> {
        self.flush(name, uuid, live).await?;
        let is_hashed = live.hasher.algorithm() == digest.algorithm();
        let mut computed = live.hasher.digest();
        if !is_hashed && matches!(live.location, ContentLocation::Memory) {
            computed = digest_of(digest.algorithm(), &live.held);
        }
        if let ContentLocation::Writer(writer) = &mut live.location
            && live.aim.is_none()
            && (!is_hashed || computed == *digest)
        {
            let committed = writer.commit(Guard::default()).await;
            live.note_takeover(committed)?;
            live.location = ContentLocation::File;
        }
        if !is_hashed && matches!(live.location, ContentLocation::Copy | ContentLocation::File) {
            computed = self.hash_file(live, digest.algorithm()).await?.digest();
        }
        if computed != *digest {
            return Err(wrong_digest(digest, &computed));
        }
        self.pushes().layer(name, digest, &mut Upload { storage: self.storage(), live, digest }).await?;
        Ok(())
    }

    /// Removes everything of an upload from OSS. This includes the source of a copy, which is kept until its blob is
    /// linked: until then the garbage collection may remove the copy.
    pub(crate) async fn discard(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), Failure> {
        live.cancel(self.storage()).await?;
        if live.has_files {
            self.remove_remains(name, uuid).await?;
        }
        Ok(())
    }

    /// Deletes files; fails if one is left.
    pub(crate) async fn delete_files(&self, paths: &[String]) -> Result<(), Failure> {
        let failed = self.storage().delete(paths, None).await?;
        failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error.into()))
    }

    /// The response which states that a blob is in a repository, and how it got there.
    pub(crate) fn blob_created(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        size: u64,
        action: EventAction,
    ) -> Result<Answer<P>, Failure> {
        let mut response = response(StatusCode::CREATED, ResponseBody::empty());
        let location = header_value(format_args!("/v2/{name}/blobs/{digest}"));
        response.headers_mut().insert(header::LOCATION, location);
        response.headers_mut().insert("docker-content-digest", header_value(digest));
        let target = EventTarget::Blob { digest: digest.clone(), size: Some(size) };
        Event { action, repository: name.clone(), target }.attach(&mut response);
        Ok(response)
    }
}
