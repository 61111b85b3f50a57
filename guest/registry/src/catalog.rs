//! The list of repositories.

use http::StatusCode;

use crate::failure::Failure;
use crate::layout;
use crate::name::RepositoryName;
use crate::pages::Pages;
use crate::pagination::{PageRequest, next_link};
use crate::ports::Ports;
use crate::registry::{Answer, Call, Registry, json_response};

/// Distribution's default and maximum of names in a page.
const DEFAULT_LIMIT: usize = 100;
pub(crate) const LARGEST_LIMIT: usize = 1000;

impl<P: Ports> Registry<P> {
    /// `GET /v2/_catalog`: repositories that have blobs or manifests, in the order of OSS's listing, in which `a-b` comes before
    /// `a`. At most 1 request for each repository, and fewer where repositories are small.
    pub(crate) async fn catalog(&self, call: &Call<'_>) -> Result<Answer<P>, Failure> {
        let wanted = PageRequest::of(&call.query)?;
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).min(LARGEST_LIMIT);
        let (names, more) = match limit {
            0 => (Vec::new(), false),
            limit => self.page_of_repositories(wanted.last.as_deref(), limit).await?,
        };
        let document = serde_json::json!({ "repositories": names });
        let mut response = json_response(StatusCode::OK, document.to_string().into());
        if let (true, Some(last)) = (more, names.last()) {
            let (header, value) = next_link("/v2/_catalog", &[("n", &limit.to_string()), ("last", last)]);
            response.headers_mut().insert(header, value);
        }
        Ok(response)
    }

    /// The first repositories after `last`, and whether there are more.
    pub(crate) async fn page_of_repositories(
        &self,
        last: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, bool), Failure> {
        let mut names: Vec<String> = Vec::new();
        let mut pages = Pages::below(self.storage(), layout::repositories());
        if let Some(last) = last {
            pages.skip_to(behind_own_files(pages.directory(), last));
        }
        while let Some(page) = pages.next().await? {
            for entry in &page.entries {
                let Some(name) = repository_proven_by(pages.directory(), &entry.path) else { continue };
                if names.last().is_some_and(|known| known == name) {
                    continue;
                }
                if names.len() == limit {
                    return Ok((names, true));
                }
                names.push(name.to_owned());
            }
            if let Some(known) = names.last() {
                // The rest of a known repository is not read.
                pages.skip_to(behind_own_files(pages.directory(), known));
            }
        }
        Ok((names, false))
    }
}

/// The repository that a file proves to exist: its name comes before `_layers` or `_manifests`.
fn repository_proven_by<'a>(directory: &str, path: &'a str) -> Option<&'a str> {
    let below = path.strip_prefix(directory)?.strip_prefix('/')?;
    let (name, own) = below.split_once("/_")?;
    let is_own = own.starts_with("layers/") || own.starts_with("manifests/");
    (is_own && RepositoryName::parse(name).is_some()).then_some(name)
}

/// A string that sorts directly after the folders of a repository that begin with `_`, and before the repositories
/// below it that do not sort before these folders.
fn behind_own_files(directory: &str, name: &str) -> String {
    // The character after `_`.
    format!("{directory}/{name}/`")
}
