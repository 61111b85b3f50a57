//! Writing files.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use http_body::Body;

use super::get::path_of;
use crate::api::{Api, Call};
use crate::conditions::{self, Conditions};
use crate::guarded::window;
use crate::json::WrittenView;
use crate::ports::{
    Blobs, Ports, Publishing, StorageError, StorageErrorKind, Upload, UploadStart, Window, WriteRequest, WrittenFile,
};
use crate::problem::Problem;
use crate::request_body::Content;
use crate::{key, reply};

/// The response to a file that was written.
pub(super) fn written(file: WrittenFile) -> Result<Response<Bytes>, Problem> {
    let etag = file.etag.clone();
    let mut response = reply::document(StatusCode::OK, &WrittenView::from(file))?;
    if let Some(etag) = etag {
        reply::add_header(response.headers_mut(), header::ETAG, &etag);
    }
    Ok(response)
}

/// The problem of a write on the condition that there is no file.
pub(super) fn create_only_problem(error: StorageError) -> Problem {
    match error.kind {
        StorageErrorKind::Exists if !error.undecided => {
            conditions::failed("there is a file already").at(error.key.unwrap_or_default())
        }
        _ => error.into(),
    }
}

fn content_type(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    key::media_type(value.to_str().unwrap_or_default()).map(Some)
}

impl<P: Ports> Api<P> {
    /// 1 request for up to one part, otherwise 2 more than there are parts. With conditions 1 more under a lease, and without
    /// one 7 more at most; `If-None-Match: *` alone costs nothing.
    pub(crate) async fn put_blob<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let path = path_of(call)?;
        let conditions = Conditions::of(call.headers)?;
        let window = self.window_of(call)?;
        let content_type = content_type(call.headers)?;
        let mut content = Content::new(body, call.grant.body_limit)?;
        let size_hint = content.size_hint();
        let create_only = conditions.is_create_only();
        if !create_only && !conditions.is_none_for_change() {
            self.check_file(&path, &conditions).await?;
            if window.is_none() {
                let start = UploadStart::New { size_hint, content_type };
                return self.put_guarded(&path, &conditions, start, content).await;
            }
        }
        let request =
            WriteRequest { path: &path, content_type, size_hint, publishing: Publishing { create_only, window } };
        let result = self.ports().blobs().write(request, &mut content).await;
        written(content.outcome(result.map_err(create_only_problem_if(create_only)))?)
    }

    /// Sends the content first. Then checks the conditions again and publishes it under a lock, because the content may
    /// take longer than a lease lasts.
    async fn put_guarded<B>(
        &self,
        path: &str,
        conditions: &Conditions,
        start: UploadStart<'_>,
        mut content: Content<B>,
    ) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let mut upload = self.ports().blobs().upload(path, start).await?;
        let sent = upload.write(&mut content).await;
        let published = match content.outcome(sent) {
            Ok(()) => {
                let publish = async |window| {
                    let committed = upload.commit(Publishing { create_only: false, window: Some(window) }).await;
                    let may_come_yet =
                        committed.as_ref().map_or_else(|error| error.undecided, |file| file.perhaps_again);
                    (committed, may_come_yet)
                };
                self.change_file(path, conditions, publish).await
            }
            Err(problem) => Err(problem),
        };
        match published {
            Ok(file) => written(file),
            Err(problem) => {
                // Return the first error rather than that the upload is left as well, which is listed and can be
                // removed.
                drop(upload.cancel().await);
                Err(problem)
            }
        }
    }

    /// The window of the lease in a request, if there is one.
    pub(super) fn window_of(&self, call: &Call<'_>) -> Result<Option<Window>, Problem> {
        self.lease_of(call)?.map(|lease| window(&lease)).transpose()
    }
}

fn create_only_problem_if(create_only: bool) -> impl Fn(StorageError) -> Problem {
    move |error| if create_only { create_only_problem(error) } else { error.into() }
}
