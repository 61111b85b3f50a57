//! Listing keys.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::api::{Api, Call};
use crate::json::{KeyEntryView, KeyPage};
use crate::ports::{Certificates, Ports};
use crate::problem::Problem;
use crate::{key, reply};

/// The keys of a page, as of blobs, of which OSS lists so many at once.
const PAGE: usize = 1000;

impl<P: Ports> Api<P> {
    /// 1 request for each 1000 objects in the directory, whatever the page.
    pub(crate) async fn list_certificates(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let prefix = key::prefix(call.query.get("prefix").unwrap_or_default())?;
        let recursive = call.query.switch("recursive")?;
        let limit = call.query.number("limit", 1, PAGE)?.unwrap_or(PAGE);
        let after = call.query.get("after").unwrap_or_default();
        let listing = self.ports().certificates().list(&prefix, recursive).await?;
        let mut behind = listing.entries.into_iter().filter(|entry| entry.key.as_str() > after).peekable();
        let entries: Vec<_> = behind.by_ref().take(limit).map(KeyEntryView::from).collect();
        let next = entries.last().map(|entry| entry.key.clone()).filter(|_| behind.peek().is_some());
        reply::document(StatusCode::OK, &KeyPage { entries, left_out: listing.left_out, next })
    }
}
