//! The requests about uploads.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use http_body::Body;

use super::locate::{Absence, WriterOf};
use super::{Checkout, Claim};
use crate::body::ResponseBody;
use crate::digest::{Algorithm, Digest};
use crate::event::EventAction;
use crate::failure::{ErrorCode, Failure};
use crate::hash::digest_of;
use crate::name::RepositoryName;
use crate::ports::{Clock, Ports};
use crate::ranges::{ContentRange, content_length};
use crate::registry::{Answer, Call, Registry, response};

fn digest_parameter(call: &Call<'_>) -> Result<Option<Digest>, Failure> {
    let Some(text) = call.query.get("digest") else { return Ok(None) };
    Digest::parse(text).map(Some).ok_or_else(|| Failure::invalid_digest(text))
}

impl<P: Ports> Registry<P> {
    /// `POST …/blobs/uploads/`: mounts a blob, takes one whole, or begins an upload.
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
            return self.take_whole(name, &digest, body, content_length(call.headers)).await;
        }
        let algorithm = match call.query.get("digest-algorithm") {
            Some(name) => Algorithm::parse(name).ok_or_else(|| {
                Failure::bad_request(ErrorCode::Unsupported, "the digest algorithm is neither sha256 nor sha512")
            })?,
            None => digest_parameter(call)?.map_or(Algorithm::Sha256, |digest| digest.algorithm()),
        };
        self.new_upload(name, algorithm)
    }

    /// Adds the body of a request to an upload, from where the request says that the upload stands. With a digest it is the
    /// last of the upload.
    async fn add<B>(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
        body: &mut B,
        digest: Option<&Digest>,
    ) -> Result<Checkout<'_, WriterOf<P>>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let range = ContentRange::of(call.headers)?;
        let absence = if range.is_none_or(|range| range.first == 0) { Absence::Begins } else { Absence::Asks };
        let (mut checkout, state) = self.locate(name, uuid, call, absence).await?;
        self.check_start(name, uuid, &checkout.live, &state, range)?;
        if let Some(digest) = digest {
            // If nothing came before, the content goes to its final place at once, since its digest is known.
            checkout.live.retarget(digest);
        }
        let begins_at = checkout.live.offset;
        let announced = content_length(call.headers).or(range.map(|range| range.length));
        let (storage, part_size) = (self.storage(), self.options().part_size);
        checkout.live.append(storage, part_size, body, announced).await?;
        check_length(range, checkout.live.offset - begins_at)?;
        Ok(checkout)
    }

    /// `PATCH`: adds to an upload.
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
        let mut checkout = self.add(name, uuid, call, &mut body, None).await?;
        let response = self.upload_response(StatusCode::ACCEPTED, name, uuid, &checkout.live)?;
        checkout.touch(self.environment().monotonic());
        if self.options().durable_uploads {
            self.suspend(name, uuid, checkout).await?;
        }
        Ok(response)
    }

    /// `PUT`: adds the last of an upload, and makes it a blob of the repository if its digest is right.
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
        let checkout = self.add(name, uuid, call, &mut body, Some(&digest)).await?;
        let size = checkout.live.offset;
        self.finish(name, uuid, checkout, &digest).await?;
        self.blob_created(name, &digest, size, EventAction::Push)
    }

    /// `GET` of an upload: how far it got.
    pub(crate) async fn get_upload(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let (checkout, _) = self.locate(name, uuid, call, Absence::Asks).await?;
        self.upload_response(StatusCode::NO_CONTENT, name, uuid, &checkout.live)
    }

    /// `DELETE` of an upload: drops what there is of it.
    pub(crate) async fn delete_upload(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let (mut checkout, _) = self.locate(name, uuid, call, Absence::Asks).await?;
        self.discard(name, uuid, &mut checkout.live).await?;
        checkout.end();
        Ok(response(StatusCode::NO_CONTENT, ResponseBody::empty()))
    }

    /// Takes a blob that comes in one request with its digest.
    async fn take_whole<B>(
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
        let mut live =
            super::LiveUpload::new(String::new(), self.seconds(), crate::hash::Hasher::new(digest.algorithm()));
        live.retarget(digest);
        let Claim::Absent(claimed) = self.sessions().claim(name, &uuid, self.environment().monotonic()) else {
            return Err(Failure::unavailable("a random number came twice"));
        };
        let mut checkout = claimed.with(Box::new(live));
        let taken = checkout.live.append(self.storage(), self.options().part_size, &mut body, announced).await;
        let result = match taken {
            Ok(()) => self.publish(name, &mut checkout.live, digest).await,
            Err(failure) => Err(failure),
        };
        if result.is_err() {
            // No `Location` leads here, so that nobody could go on with it.
            checkout.live.cancel(self.storage()).await?;
        }
        let size = checkout.live.offset;
        checkout.end();
        result?;
        self.blob_created(name, digest, size, EventAction::Push)
    }
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
