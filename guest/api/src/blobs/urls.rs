//! Presigned URLs.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Body;

use crate::api::{Api, Call};
use crate::json::{UrlBody, UrlMethodView, UrlView};
use crate::ports::{Blobs, Ports, UrlMethod, UrlRequest};
use crate::problem::Problem;
use crate::{key, reply, request_body};

/// The longest validity that OSS allows: 7 days, in seconds.
const LONGEST: u64 = 604_800;

impl<P: Ports> Api<P> {
    /// No request.
    pub(crate) async fn presign_blob<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let UrlBody { path, method, expires_in_s } = request_body::document(body, call.grant.body_limit).await?;
        let path = key::path(&path)?;
        if !(1..=LONGEST).contains(&expires_in_s) {
            return Err(Problem::invalid("a URL holds for 1 to 604800 seconds"));
        }
        let method = match method {
            UrlMethodView::Get => UrlMethod::Get,
            UrlMethodView::Head => UrlMethod::Head,
        };
        let request = UrlRequest { path: &path, method, expiry: Duration::from_secs(expires_in_s) };
        let signed = self.ports().blobs().url(request).await?;
        reply::document(StatusCode::OK, &UrlView::from(signed))
    }
}
