//! Uploads in several requests.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body::Body;

use super::put::{create_only_problem, written};
use crate::api::{Api, Call};
use crate::conditions::Conditions;
use crate::json::{UploadBody, UploadView};
use crate::key::{self, UploadName};
use crate::operation::OFFSET_HEADER;
use crate::ports::{Blobs, Ports, Publishing, StorageError, StorageErrorKind, Upload, UploadStart};
use crate::problem::{Problem, ProblemKind};
use crate::reply;
use crate::request_body::{self, Content};

const OFFSET: HeaderName = HeaderName::from_static(OFFSET_HEADER);

/// Marks an upload as used by a request until this is dropped: two concurrent requests would write the same parts.
/// Requests to other processes are not covered; their clients send one request at a time, as for every resumable
/// upload.
struct BusyUpload<'a> {
    busy: &'a Mutex<BTreeSet<String>>,
    upload: &'a str,
}

impl<'a> BusyUpload<'a> {
    fn take(busy: &'a Mutex<BTreeSet<String>>, upload: &'a str) -> Result<Self, Problem> {
        if busy.lock().unwrap_or_else(PoisonError::into_inner).insert(upload.to_owned()) {
            return Ok(Self { busy, upload });
        }
        Err(Problem::new(ProblemKind::UploadBusy, "another request for this upload is not over yet").at(upload))
    }
}

impl Drop for BusyUpload<'_> {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(self.upload);
    }
}

impl<P: Ports> Api<P> {
    /// 1 request.
    pub(crate) async fn begin_upload<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        /// The most that 10 000 parts of 5 GiB make.
        const LARGEST: u64 = 52_428_800_000_000;
        let UploadBody { path, size, content_type } = request_body::document(body, call.grant.body_limit).await?;
        let path = key::path(&path)?;
        let content_type = content_type.as_deref().map(key::media_type).transpose()?;
        if size.is_some_and(|size| size > LARGEST) {
            return Err(Problem::invalid("an upload may have 52428800000000 bytes at most"));
        }
        let start = UploadStart::New { size_hint: size, content_type };
        let id = self.ports().blobs().upload(&path, start).await?.id().await?;
        let upload = UploadName { id, path: path.clone() }.encode();
        let location = format!("/v1/blob-uploads/{upload}");
        let mut response = reply::document(StatusCode::CREATED, &UploadView { upload, path, offset: 0 })?;
        reply::add_header(response.headers_mut(), header::LOCATION, &location);
        response.headers_mut().insert(OFFSET, HeaderValue::from(0));
        Ok(response)
    }

    /// 2 requests.
    pub(crate) async fn upload_status(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let UploadName { id, path } = UploadName::decode(&call.name)?;
        let _busy = BusyUpload::take(&self.busy, &call.name)?;
        let offset = self.resume(&path, &id, None).await?.size().await?;
        let view = UploadView { upload: call.name.clone(), path, offset };
        let mut response = reply::document(StatusCode::OK, &view)?;
        response.headers_mut().insert(OFFSET, offset.into());
        Ok(response)
    }

    /// 2 requests, 1 for each part, and 1 for what fills no part.
    pub(crate) async fn append_upload<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let UploadName { id, path } = UploadName::decode(&call.name)?;
        let stated = call.headers.get(OFFSET).and_then(|value| value.to_str().ok());
        let stated = stated.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let offset: u64 = stated
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Problem::invalid("the header Upload-Offset is missing or no number"))?;
        let mut content = Content::new(body, call.grant.body_limit)?;
        let _busy = BusyUpload::take(&self.busy, &call.name)?;
        let mut upload = match self.resume(&path, &id, Some(offset)).await {
            Err(problem) if problem.kind() == ProblemKind::Conflict => {
                return Err(self.offset_problem(&path, &id, problem).await);
            }
            resumed => resumed?,
        };
        let result = upload.write(&mut content).await;
        // The bytes that arrived count even if the content failed.
        let kept = upload.close().await;
        content.outcome(result)?;
        kept?;
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        response.headers_mut().insert(OFFSET, upload.size().await?.into());
        Ok(response)
    }

    /// 1 request, and 2 for a look at it.
    pub(crate) async fn abort_upload(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let UploadName { id, path } = UploadName::decode(&call.name)?;
        let _busy = BusyUpload::take(&self.busy, &call.name)?;
        self.resume(&path, &id, None).await?.cancel().await?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }

    /// 2 requests, and 2 for a look at it.
    pub(crate) async fn commit_upload(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let UploadName { id, path } = UploadName::decode(&call.name)?;
        let conditions = Conditions::of(call.headers)?;
        let create_only = conditions.is_create_only();
        if !create_only && !conditions.is_none_for_change() {
            return Err(Problem::invalid("the only condition of a commit is If-None-Match: *"));
        }
        let publishing = Publishing { create_only, window: self.window_of(call)? };
        let _busy = BusyUpload::take(&self.busy, &call.name)?;
        let committed = self.resume(&path, &id, None).await?.commit(publishing).await;
        written(committed.map_err(|error| if create_only { create_only_problem(error) } else { error.into() })?)
    }

    async fn resume(&self, path: &str, id: &str, at: Option<u64>) -> Result<<P::Blobs as Blobs>::Upload, Problem> {
        let resumed = self.ports().blobs().upload(path, UploadStart::Resume { id, at }).await;
        resumed.map_err(|error| match error.kind {
            StorageErrorKind::NotFound => {
                let message = "there is no such upload: it was committed or aborted".to_owned();
                StorageError { message, ..error }.into()
            }
            _ => error.into(),
        })
    }

    /// Adds the upload's position to a problem, if it can be determined.
    async fn offset_problem(&self, path: &str, id: &str, problem: Problem) -> Problem {
        let Ok(upload) = self.resume(path, id, None).await else { return problem };
        let Ok(offset) = upload.size().await else { return problem };
        let detail = format!("the upload has {offset} bytes");
        Problem::new(ProblemKind::UploadOffset, detail).at(path).with_header(OFFSET, offset.into())
    }
}
