//! Storing values.

use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body::Body;

use super::change::Change;
use crate::api::{Api, Call};
use crate::conditions::Conditions;
use crate::json::WrittenView;
use crate::ports::Ports;
use crate::problem::Problem;
use crate::request_body::Content;
use crate::validators::etag_of_value;
use crate::{key, reply};

/// The largest value that the component takes.
const LARGEST: u64 = 16 << 20;

impl<P: Ports> Api<P> {
    /// 1 request; with conditions 4 more, and with a lease beside them 1 more.
    pub(crate) async fn put_certificate<B>(&self, call: &Call<'_>, body: B) -> Result<Response<Bytes>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let key = key::key(&call.name)?;
        let conditions = Conditions::of(call.headers)?;
        let value = Content::new(body, call.grant.body_limit.min(LARGEST))?.collect().await?;
        let (size, etag) = (value.len() as u64, etag_of_value(&value));
        let perhaps_again = self.change_certificate(call, &key, &conditions, Change::Store(value)).await?;
        let written = WrittenView { size, etag: Some(etag.clone()), crc64: None, perhaps_again };
        let mut response = reply::document(StatusCode::OK, &written)?;
        reply::add_header(response.headers_mut(), header::ETAG, &etag);
        Ok(response)
    }
}
