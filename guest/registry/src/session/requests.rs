//! The requests about uploads.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use http_body::Body;

use super::locate::{Absence, WriterOf};
use super::table::Leftover;
use super::token::UploadState;
use super::{Checkout, Claim, LiveUpload};
use crate::digest::{Algorithm, Digest};
use crate::event::EventAction;
use crate::failure::{ErrorCode, Failure};
use crate::hash::digest_of;
use crate::name::RepositoryName;
use crate::ports::{Clock, Ports};
use crate::ranges::{ContentRange, content_length};
use crate::registry::{Answer, Call, Registry};

fn digest_parameter(call: &Call<'_>) -> Result<Option<Digest>, Failure> {
    let Some(text) = call.query.get("digest") else { return Ok(None) };
    Digest::parse(text).map(Some).ok_or_else(|| Failure::invalid_digest(text))
}

impl<P: Ports> Registry<P> {
    /// `POST …/blobs/uploads/`: mounts a blob, stores one that is sent as a whole, or begins an upload.
    pub(crate) async fn begin_upload<B>(
        &self,
        name: &RepositoryName,
        call: &Call<'_>,
        body: B,
    ) -> Result<Answer<P>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        if let Some(mount) = call.query.get("mount") {
            let digest = Digest::parse(mount).ok_or_else(|| Failure::invalid_digest(mount))?;
            if let Some(size) = self.mount(name, &digest, call).await? {
                let from = call.query.get("from").and_then(RepositoryName::parse);
                return self.blob_created(name, &digest, size, EventAction::Mount(from));
            }
            return self.new_upload(name, digest.algorithm());
        }
        if let Some(digest) = digest_parameter(call)?
            && (!body.is_end_stream() || digest == digest_of(digest.algorithm(), b""))
        {
            return self.upload_whole(name, &digest, body, content_length(call.headers)).await;
        }
        let algorithm = match call.query.get("digest-algorithm") {
            Some(name) => Algorithm::parse(name).ok_or_else(|| {
                Failure::bad_request(ErrorCode::Unsupported, "the digest algorithm is neither sha256 nor sha512")
            })?,
            None => digest_parameter(call)?.map_or(Algorithm::Sha256, |digest| digest.algorithm()),
        };
        self.new_upload(name, algorithm)
    }

    /// Adds the body of a request to an upload, at the position that the request states.
    async fn add<B>(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
        state: &UploadState,
        call: &Call<'_>,
        body: &mut B,
    ) -> Result<(), Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let range = ContentRange::of(call.headers)?;
        self.check_start(name, uuid, live, state, range)?;
        let begins_at = live.offset;
        let announced = content_length(call.headers).or(range.map(|range| range.length));
        self.append(name, uuid, live, body, announced).await?;
        check_length(range, live.offset - begins_at)
    }

    /// `PATCH`: adds content to an upload.
    pub(crate) async fn patch_upload<B>(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
        mut body: B,
    ) -> Result<Answer<P>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let (mut checkout, state) = self.locate(name, uuid, call, absence(call)?).await?;
        let live = &mut *checkout.live;
        let added = self.add(name, uuid, live, &state, call, &mut body).await;
        let outcome = added.and_then(|()| self.upload_response(StatusCode::ACCEPTED, name, uuid, live));
        self.finish_request(name, uuid, checkout, outcome).await
    }

    /// `PUT`: adds the last content of an upload, and makes it a blob of the repository if its digest is right. If the
    /// digest is wrong, the upload ends as well; after any other failure, finishing it can be retried.
    pub(crate) async fn put_upload<B>(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
        mut body: B,
    ) -> Result<Answer<P>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let digest = digest_parameter(call)?
            .ok_or_else(|| Failure::bad_request(ErrorCode::DigestInvalid, "the parameter `digest` is missing"))?;
        let (mut checkout, state) = self.locate(name, uuid, call, absence(call)?).await?;
        let live = &mut *checkout.live;
        // If there was no content before, write this content directly to the blob's path, since the digest is known.
        live.retarget(&digest);
        if let Err(failure) = self.add(name, uuid, live, &state, call, &mut body).await {
            self.start_again(name, uuid, live, &state).await;
            return self.finish_request(name, uuid, checkout, Err(failure)).await;
        }
        match self.publish(name, uuid, live, &digest).await {
            Ok(()) => {
                if self.discard(name, uuid, live).await.is_err() {
                    // The blob exists, so the response says so; the rest of the upload is removed later.
                    self.sessions().note_leftover(Leftover::Upload(name.clone(), uuid.to_owned()));
                }
                let size = live.offset;
                checkout.end();
                self.blob_created(name, &digest, size, EventAction::Push)
            }
            Err(failure) if failure.status == StatusCode::BAD_REQUEST => {
                self.discard(name, uuid, live).await?;
                checkout.end();
                Err(failure)
            }
            Err(failure) => {
                self.start_again(name, uuid, live, &state).await;
                self.finish_request(name, uuid, checkout, Err(failure)).await
            }
        }
    }

    /// Starts an upload again whose only request was to send all of it to a blob's path and failed: nobody would look
    /// for the content there, and the client was not told of any. If the content can't be removed now, the next request
    /// for the upload does it, or [`Registry::suspend_idle`].
    async fn start_again(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
        state: &UploadState,
    ) {
        if live.aim.is_some()
            && live.cancel(self.storage()).await.is_ok()
            && let Ok(fresh) = self.fresh(name, uuid, state)
        {
            *live = fresh;
        }
    }

    /// Ends a request's use of an upload that continues. Without session affinity, the next request may reach any
    /// process, whatever happens to this one: then the upload is stored in OSS.
    async fn finish_request(
        &self,
        name: &RepositoryName,
        uuid: &str,
        mut checkout: Checkout<'_, WriterOf<P>>,
        outcome: Result<Answer<P>, Failure>,
    ) -> Result<Answer<P>, Failure> {
        checkout.touch(self.environment().monotonic());
        let kept = if checkout.live.aim.is_none() && checkout.live.check().is_err() {
            self.evict_unsound(checkout).await
        } else if self.options().durable_uploads {
            self.suspend(name, uuid, checkout).await
        } else {
            Ok(())
        };
        // The request's error says more than one of storing the earlier content; the upload is still in memory then.
        outcome.and_then(|response| kept.map(|()| response))
    }

    /// `GET` of an upload: its position.
    pub(crate) async fn get_upload(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let (checkout, _) = self.locate(name, uuid, call, Absence::Asks).await?;
        let outcome = self.upload_response(StatusCode::NO_CONTENT, name, uuid, &checkout.live);
        self.finish_request(name, uuid, checkout, outcome).await
    }

    /// Stores a blob that is sent in one request with its digest.
    async fn upload_whole<B>(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        mut body: B,
        announced: Option<u64>,
    ) -> Result<Answer<P>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let uuid = self.new_uuid();
        let Claim::Absent(claimed) = self.sessions().claim(name, &uuid, self.environment().monotonic()).await else {
            return Err(Failure::unavailable("a random number came twice"));
        };
        let mut checkout = claimed.with(Box::new(LiveUpload::at_blob_path(digest, self.seconds())));
        let live = &mut *checkout.live;
        let taken = self.append(name, &uuid, live, &mut body, announced).await;
        let result = match taken {
            Ok(()) => self.publish(name, &uuid, live, digest).await,
            Err(failure) => Err(failure),
        };
        let size = live.offset;
        // There is no `Location` for this upload, so nobody could continue it. If the content can't be removed now,
        // `suspend_idle` does it.
        if result.is_ok() || live.cancel(self.storage()).await.is_ok() {
            checkout.forget();
        }
        result?;
        self.blob_created(name, digest, size, EventAction::Push)
    }
}

/// Whether a request sends content from the upload's beginning, according to its headers.
fn absence(call: &Call<'_>) -> Result<Absence, Failure> {
    let range = ContentRange::of(call.headers)?;
    Ok(if range.is_none_or(|range| range.first == 0) { Absence::Begins } else { Absence::Asks })
}

fn check_length(range: Option<ContentRange>, taken: u64) -> Result<(), Failure> {
    match range {
        Some(range) if range.length != taken => {
            let message = format!("the Content-Range has {} bytes and the body {taken}", range.length);
            Err(Failure::bad_request(ErrorCode::SizeInvalid, message))
        }
        _ => Ok(()),
    }
}
