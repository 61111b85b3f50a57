//! Reading values.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use zeroize::Zeroizing;

use crate::api::{Api, Call};
use crate::conditions::{self, Conditions, ReadOutcome};
use crate::json::KeyView;
use crate::key;
use crate::ports::{Certificates, KeyInfo, Ports};
use crate::problem::{Problem, ProblemKind};
use crate::validators::{Validators, etag_of_value};
use crate::{reply, times};

impl<P: Ports> Api<P> {
    /// 2 requests. The metadata are read before the value, so that the time of the last change is that of this value or
    /// of an earlier one: a client that later asks for anything newer than that time never misses a change.
    pub(crate) async fn get_certificate(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let key = key::key(&call.name)?;
        let conditions = Conditions::of(call.headers)?;
        let certificates = self.ports().certificates();
        let info = certificates.stat(&key).await?;
        if info.is_directory {
            return Err(Problem::new(ProblemKind::NotFound, "it is a directory, which has no value").at(key));
        }
        let value = certificates.load(&key).await?;
        let validators = Validators { etag: Some(etag_of_value(&value)), modified: Some(info.modified) };
        let mut response = match conditions.for_read(&validators) {
            ReadOutcome::Failed => return Err(conditions::failed("the value is another one").at(key)),
            ReadOutcome::NotModified => reply::empty(StatusCode::NOT_MODIFIED),
            ReadOutcome::Proceed => value_response(value),
        };
        validators.add_to(response.headers_mut());
        Ok(response)
    }

    /// 1 request for a value, 2 for a directory.
    pub(crate) async fn stat_certificate(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let key = key::key(&call.name)?;
        let KeyInfo { modified, size, is_directory } = self.ports().certificates().stat(&key).await?;
        let modified = times::date_time(modified).unwrap_or_default();
        reply::document(StatusCode::OK, &KeyView { key, is_directory, size, modified })
    }
}

/// The value may be a private key: it is wiped from memory after it was sent, and no cache between here and the client
/// may store it.
fn value_response(value: Zeroizing<Vec<u8>>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_owner(value));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
