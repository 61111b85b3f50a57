//! The list of a repository's tags.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use http::StatusCode;

use crate::failure::{ErrorCode, Failure};
use crate::layout;
use crate::links::found;
use crate::name::{RepositoryName, Tag};
use crate::pages::Pages;
use crate::pagination::{PageRequest, next_link};
use crate::ports::{Depth, ListRequest, Ports, Storage};
use crate::registry::{Answer, Call, Registry, json_response};

/// Tags that sort before this one but come after it in OSS's listing.
///
/// OSS sorts `v1-rc/` and `v1.1/` before `v1/`, because `-` and `.` are less than `/`, and the specification `v1` before both.
/// So those are the beginnings of a tag that end before a `-` or `.`.
fn overtaken(tag: &str) -> impl Iterator<Item = Tag> + '_ {
    tag.match_indices(['-', '.']).filter_map(|(place, _)| Tag::parse(tag.get(..place)?))
}

impl<P: Ports> Registry<P> {
    /// `GET …/tags/list`: tags in byte order. 1 request for each 1000, and in a page that does not reach the end 1 for each `-`
    /// and `.` of the last tag that was read; 1 or 2 more where there are none.
    pub(crate) async fn list_tags(&self, name: &RepositoryName, call: &Call<'_>) -> Result<Answer<P>, Failure> {
        let wanted = PageRequest::of(&call.query)?;
        let (tags, more) = self.page_of_tags(name, wanted.last.as_deref(), wanted.limit).await?;
        let document = serde_json::json!({ "name": name.as_str(), "tags": tags });
        let mut response = json_response(StatusCode::OK, document.to_string().into());
        if let (true, Some(limit), Some(last)) = (more, wanted.limit, tags.last()) {
            let path = format!("/v2/{name}/tags/list");
            let (header, value) = next_link(&path, &[("n", &limit.to_string()), ("last", last)]);
            response.headers_mut().insert(header, value);
        }
        Ok(response)
    }

    /// A page of a repository's tags, and whether there are more.
    pub(crate) async fn page_of_tags(
        &self,
        name: &RepositoryName,
        last: Option<&str>,
        limit: Option<usize>,
    ) -> Result<(Vec<String>, bool), Failure> {
        let (tags, more) = match limit {
            Some(0) => (Vec::new(), false),
            limit => self.read_tags(name, last.unwrap_or_default(), limit).await?,
        };
        if tags.is_empty() && last.is_none() && !self.exists(name).await? {
            let message = "there is no such repository";
            return Err(Failure::not_found(ErrorCode::NameUnknown, message).with_detail(name.to_string().into()));
        }
        Ok((tags, more))
    }

    /// The first tags after `last`, and whether there are more.
    async fn read_tags(
        &self,
        name: &RepositoryName,
        last: &str,
        limit: Option<usize>,
    ) -> Result<(Vec<String>, bool), Failure> {
        let directory = layout::tags(name);
        let mut tags = BTreeSet::new();
        let mut pages = Pages::children(self.storage(), directory.clone());
        pages.skip_to(format!("{directory}/{last}"));
        // One more than is wanted, so that it is known whether there are more.
        while limit.is_none_or(|limit| tags.len() <= limit) {
            let Some(page) = pages.next().await? else { break };
            let read = page.entries.iter().filter(|entry| entry.file.is_none());
            let read = read.filter_map(|entry| entry.path.strip_prefix(&directory)?.strip_prefix('/'));
            tags.extend(read.filter(|tag| *tag > last && Tag::parse(tag).is_some()).map(str::to_owned));
        }
        let is_whole = pages.is_over();
        if !is_whole {
            let reached = pages.reached().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let unread = overtaken(reached).filter(|tag| tag.as_str() > last && !tags.contains(tag.as_str()));
            let unread: Vec<Tag> = unread.collect();
            let looks = unread.iter().map(|tag| async {
                let stat = self.storage().stat(&layout::tag_current(name, tag)).await;
                found(stat)
            });
            let looks = join_all(looks).await;
            for (tag, stat) in unread.iter().zip(looks) {
                if stat?.is_some() {
                    tags.insert(tag.to_string());
                }
            }
        }
        let limit = limit.unwrap_or(usize::MAX);
        let more = !is_whole || tags.len() > limit;
        Ok((tags.into_iter().take(limit).collect(), more))
    }

    /// Whether there is anything in a repository. 1 or 2 requests.
    async fn exists(&self, name: &RepositoryName) -> Result<bool, Failure> {
        let directory = layout::repository(name);
        // Uploads in progress and repositories below it do not prove that it exists; its own folders begin with `_`.
        for folder in ["_layers", "_manifests"] {
            let directory = format!("{directory}/{folder}");
            let request = ListRequest { directory: &directory, depth: Depth::All, start_after: None, limit: 1 };
            if !self.storage().list(request).await?.entries.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
