//! From an upload to a blob of a repository.
//!
//! Nothing is at a blob's place whose digest was not verified, and no link names what is not there: the link is written after
//! the response of the request that put the content in its place.

use bytes::BytesMut;
use http::{StatusCode, header};

use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventTarget};
use crate::failure::{ErrorCode, Failure};
use crate::gc::BlobSource;
use crate::hash::{Hasher, digest_of};
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{Depth, Guard, ListRequest, Ports, Storage, StorageError, StorageErrorKind, Writer, Written};
use crate::registry::{Answer, Registry, header_value, response};
use crate::session::{Checkout, LiveUpload, Place};

type WriterOf<P> = <<P as Ports>::Storage as Storage>::Writer;

/// The response to what puts content at a place where the same content may be already, put there by another upload.
fn placed(result: Result<Written, StorageError>) -> Result<(), StorageError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.kind == StorageErrorKind::Exists => Ok(()),
        Err(error) => Err(error),
    }
}

/// An upload whose digest was verified, on its way to its place.
struct Upload<'a, S: Storage> {
    storage: &'a S,
    live: &'a mut LiveUpload<S::Writer>,
    digest: &'a Digest,
}

impl<S: Storage> BlobSource for Upload<'_, S> {
    async fn place(&mut self) -> Result<u64, StorageError> {
        let (storage, target, live) = (self.storage, layout::blob(self.digest), &mut *self.live);
        match &mut live.place {
            Place::Memory => {
                let content = live.held.split().freeze();
                let put = placed(storage.put(&target, content.clone(), Guard::CREATE_ONLY).await);
                live.held = BytesMut::from(content);
                put?;
            }
            Place::Writer(writer) => {
                match writer.commit(Guard::CREATE_ONLY).await {
                    Ok(_) => {}
                    Err(error) if error.kind == StorageErrorKind::Exists => writer.cancel().await?,
                    Err(error) => return Err(error),
                }
                live.place = Place::Published;
            }
            Place::Published => match storage.stat(&target).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {
                    let message = "the blob was collected as garbage before it was linked: upload it again";
                    return Err(StorageError::new(StorageErrorKind::Unavailable, message));
                }
                Err(error) => return Err(error),
            },
            Place::File => placed(storage.copy(&live.path, &target, Guard::CREATE_ONLY).await)?,
        }
        Ok(live.offset)
    }
}

fn wrong_digest(wanted: &Digest, computed: &Digest) -> Failure {
    let message = format!("the content's digest is {computed}");
    Failure::bad_request(ErrorCode::DigestInvalid, message).with_detail(wanted.to_string().into())
}

impl<W> LiveUpload<W> {
    /// Lets an upload of which nothing came yet go to a blob's final place. From then on it can become that blob alone.
    pub(crate) fn retarget(&mut self, digest: &Digest) {
        if matches!(self.place, Place::Memory) && self.offset == 0 {
            self.path = layout::blob(digest);
            self.aim = Some(digest.clone());
            self.hasher = Hasher::new(digest.algorithm());
        }
    }
}

impl<P: Ports> Registry<P> {
    /// Makes an upload that is whole a blob, and ends it. An upload whose digest is wrong ends as well; after any other
    /// failure it can be finished again.
    pub(crate) async fn finish(
        &self,
        name: &RepositoryName,
        uuid: &str,
        mut checkout: Checkout<'_, WriterOf<P>>,
        digest: &Digest,
    ) -> Result<(), Failure> {
        if let Err(failure) = self.publish(name, &mut checkout.live, digest).await {
            if failure.status == StatusCode::BAD_REQUEST {
                self.discard(name, uuid, &mut checkout.live).await?;
                checkout.end();
            }
            return Err(failure);
        }
        if self.discard(name, uuid, &mut checkout.live).await.is_err() {
            // The blob is there, and so the client is told; what is left of the upload is removed later.
            self.sessions().leave(name, uuid);
        }
        checkout.end();
        Ok(())
    }

    /// Verifies the digest, puts the content at its place and links it.
    pub(crate) async fn publish(
        &self,
        name: &RepositoryName,
        live: &mut LiveUpload<WriterOf<P>>,
        digest: &Digest,
    ) -> Result<(), Failure> {
        if let Some(aim) = live.aim.as_ref().filter(|aim| *aim != digest) {
            let message = format!("this upload began as that of {aim}, and its content is on its way there");
            let failure = Failure::bad_request(ErrorCode::DigestInvalid, message);
            return Err(failure.with_detail(digest.to_string().into()));
        }
        let is_hashed = live.hasher.algorithm() == digest.algorithm();
        let mut computed = live.hasher.digest();
        if !is_hashed && matches!(live.place, Place::Memory) {
            computed = digest_of(digest.algorithm(), &live.held);
        }
        if let Place::Writer(writer) = &mut live.place
            && live.aim.is_none()
            && (!is_hashed || computed == *digest)
        {
            writer.commit(Guard::default()).await?;
            live.place = Place::File;
        }
        if !is_hashed && matches!(live.place, Place::File) {
            computed = self.hash_file(&live.path, digest.algorithm()).await?.digest();
        }
        if computed != *digest {
            return Err(wrong_digest(digest, &computed));
        }
        self.pushes().layer(name, digest, &mut Upload { storage: self.storage(), live, digest }).await?;
        Ok(())
    }

    /// Removes what is in OSS of an upload. The source of a copy is among it, which stays until its blob is linked: until then
    /// the copy may be taken away as garbage.
    pub(crate) async fn discard(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), Failure> {
        live.cancel(self.storage()).await?;
        if live.has_files { self.remove_folder(name, uuid).await } else { Ok(()) }
    }

    /// Removes the files in the folder of an upload. 1 request to list and 1 to delete for each 1000.
    pub(crate) async fn remove_folder(&self, name: &RepositoryName, uuid: &str) -> Result<(), Failure> {
        let directory = layout::upload(name, uuid);
        loop {
            let request = ListRequest { directory: &directory, depth: Depth::All, start_after: None, limit: 1000 };
            let page = self.storage().list(request).await?;
            let paths: Vec<String> = page.entries.into_iter().map(|entry| entry.path).collect();
            if !paths.is_empty() {
                self.delete_files(&paths).await?;
            }
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes files; fails if one is left.
    pub(crate) async fn delete_files(&self, paths: &[String]) -> Result<(), Failure> {
        let failed = self.storage().delete(paths, None).await?;
        failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error.into()))
    }

    /// The response that says that a blob is in a repository, and how it came there.
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
