//! Copies and moves on OSS's side.

use std::fmt;

use bytes::Bytes;
use http::Response;
use http_body::Body;

use super::put::written;
use crate::api::{Api, Call};
use crate::json::CopyRequest;
use crate::key;
use crate::ports::{Blobs, Ports, Publishing};
use crate::problem::Problem;
use crate::request_body;

/// A copy that is asked for, checked.
struct Copy {
    source: String,
    destination: String,
    publishing: Publishing,
}

impl<P: Ports> Api<P> {
    /// 2 requests; more for a file that is copied by parts.
    pub(crate) async fn copy_blob<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let Copy { source, destination, publishing } = self.copy_of(call, body).await?;
        written(self.ports().blobs().copy(&source, &destination, publishing).await?)
    }

    /// 1 request more than a copy.
    pub(crate) async fn move_blob<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let Copy { source, destination, publishing } = self.copy_of(call, body).await?;
        written(self.ports().blobs().rename(&source, &destination, publishing).await?)
    }

    async fn copy_of<B>(&self, call: &Call<'_>, body: B) -> Result<Copy, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let window = self.window_of(call)?;
        let CopyRequest { source, destination, overwrite } =
            request_body::document(body, call.grant.body_limit).await?;
        let (source, destination) = (key::path(&source)?, key::path(&destination)?);
        Ok(Copy { source, destination, publishing: Publishing { create_only: !overwrite, window } })
    }
}
