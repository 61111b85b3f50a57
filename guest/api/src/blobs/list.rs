//! Listing directories.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::get::path_of;
use crate::api::{Answer, Api, Call};
use crate::body::ResponseBody;
use crate::json::{EntryPage, EntryView};
use crate::ports::{Blobs, PageRequest, Ports};
use crate::problem::Problem;
use crate::{key, reply};

/// The most entries that OSS lists at once.
const PAGE: u32 = 1000;

fn directory_of(call: &Call<'_>) -> Result<String, Problem> {
    key::directory(call.query.get("directory").unwrap_or("/"))
}

impl<P: Ports> Api<P> {
    /// 1 request.
    pub(crate) async fn list_blobs(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let directory = directory_of(call)?;
        let request = PageRequest {
            directory: &directory,
            recursive: call.query.switch("recursive")?,
            after: call.query.get("after").filter(|after| !after.is_empty()),
            limit: call.query.number("limit", 1, PAGE)?.unwrap_or(PAGE),
        };
        let page = self.ports().blobs().list(request).await?;
        let entries = page.entries.into_iter().map(EntryView::from).collect();
        reply::document(StatusCode::OK, &EntryPage { entries, next: page.next })
    }

    /// 1 request for a file, 2 for a directory.
    pub(crate) async fn stat_blob(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let path = path_of(call)?;
        let entry = self.ports().blobs().stat(&path).await?;
        reply::document(StatusCode::OK, &EntryView::from(entry))
    }

    /// 1 request for each 1000 objects, made as they are read.
    pub(crate) async fn walk_blobs(&self, call: &Call<'_>) -> Result<Answer<P>, Problem> {
        let directory = directory_of(call)?;
        let after = call.query.get("after").filter(|after| !after.is_empty());
        let entries = self.ports().blobs().walk(&directory, after).await?;
        let mut response = Response::new(ResponseBody::lines(entries, call.id.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}
