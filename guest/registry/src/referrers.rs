//! The list of manifests that refer to another one.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderValue, StatusCode, header};

use crate::digest::Digest;
use crate::failure::Failure;
use crate::layout;
use crate::manifests::{Descriptor, OCI_INDEX, Stored};
use crate::name::{RepositoryName, Tag};
use crate::pages::Pages;
use crate::pagination::next_link;
use crate::ports::Ports;
use crate::registry::{Answer, Call, Registry, json_response};

/// The largest list in one response, in bytes of its descriptors: the specification's 4 MiB, and room for what is around them.
const LARGEST_LIST: usize = (4 << 20) - 1024;

/// How many descriptors are read concurrently: enough to hide the latency, and few enough for the permits of a tenant.
const AT_ONCE: usize = 8;

/// The tag under which clients store a list for registries without the referrers API: the algorithm and at most 64
/// digits.
fn fallback_tag(subject: &Digest) -> Option<Tag> {
    let digits: String = subject.encoded().chars().take(64).collect();
    Tag::parse(&format!("{}-{digits}", subject.algorithm().name()))
}

impl<P: Ports> Registry<P> {
    /// `GET …/referrers/<digest>`. Requests: 1 for each 1000, 1 for each descriptor that is not in memory, and 1 for the fallback
    /// tag; where that is there, 2 for the index and 2 for each of its entries, unless they are remembered.
    pub(crate) async fn list_referrers(
        &self,
        name: &RepositoryName,
        subject: &Digest,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let mut all = self.linked_referrers(name, subject).await?;
        for (digest, descriptor) in self.fallback_referrers(name, subject).await? {
            all.entry(digest).or_insert(descriptor);
        }
        let artifact_type = call.query.get("artifactType").filter(|wanted| !wanted.is_empty());
        let last = call.query.get("last").unwrap_or_default();
        let (mut listed, mut size, mut next) = (Vec::new(), 0, None);
        for (digest, descriptor) in all {
            if digest.as_str() <= last
                || artifact_type.is_some_and(|wanted| descriptor.artifact_type.as_deref() != Some(wanted))
            {
                continue;
            }
            let length = serde_json::to_vec(&descriptor).map_or(0, |json| json.len() + 1);
            if size + length > LARGEST_LIST && !listed.is_empty() {
                next = listed.last().map(|descriptor: &Descriptor| descriptor.digest.clone());
                break;
            }
            size += length;
            listed.push(descriptor);
        }
        let document = serde_json::json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed });
        let mut response = json_response(StatusCode::OK, document.to_string().into());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
        let mut parameters = Vec::new();
        if let Some(wanted) = artifact_type {
            headers.insert("oci-filters-applied", HeaderValue::from_static("artifactType"));
            parameters.push(("artifactType", wanted));
        }
        if let Some(next) = &next {
            parameters.push(("last", next));
            let (name, value) = next_link(&format!("/v2/{name}/referrers/{subject}"), &parameters);
            headers.insert(name, value);
        }
        Ok(response)
    }

    /// The referrers that were pushed to a registry that writes `_referrers`.
    async fn linked_referrers(
        &self,
        name: &RepositoryName,
        subject: &Digest,
    ) -> Result<BTreeMap<String, Descriptor>, Failure> {
        let mut links = Vec::new();
        let mut pages = Pages::below(self.storage(), layout::referrers(name, subject));
        while let Some(page) = pages.next().await? {
            let of = |path: &str| layout::linked_digest(pages.directory(), path);
            links.extend(page.entries.into_iter().filter_map(|entry| Some((of(&entry.path)?, entry.path))));
        }
        stream::iter(links)
            .map(|(digest, link)| async move {
                let content = match self.descriptors().get(&digest) {
                    Some(content) => content,
                    None => match self.load_file(&link).await? {
                        Some(loaded) => loaded.content,
                        // Deleted since it was listed.
                        None => return Ok(None),
                    },
                };
                let descriptor: Descriptor = serde_json::from_slice(&content).map_err(|error| {
                    let message = format!("{link} does not hold a descriptor: {error}");
                    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, crate::failure::ErrorCode::Unknown, message)
                })?;
                self.descriptors().insert(&digest, content);
                Ok::<_, Failure>(Some((descriptor.digest.clone(), descriptor)))
            })
            .buffered(AT_ONCE)
            .try_filter_map(|found| std::future::ready(Ok(found)))
            .try_collect()
            .await
    }

    /// The referrers that a client has listed in the index under the fallback tag, if they exist and refer to the
    /// subject.
    async fn fallback_referrers(
        &self,
        name: &RepositoryName,
        subject: &Digest,
    ) -> Result<BTreeMap<String, Descriptor>, Failure> {
        let none = BTreeMap::new();
        let Some(tag) = fallback_tag(subject) else { return Ok(none) };
        let Some(link) = self.read_link(&layout::tag_current(name, &tag)).await? else { return Ok(none) };
        let Some(index) = self.manifest_content(name, &link.target).await? else { return Ok(none) };
        let entries = Stored::read(&index).entries();
        stream::iter(entries)
            .map(|digest| async move {
                let Some(content) = self.manifest_content(name, &digest).await? else { return Ok(None) };
                let stored = Stored::read(&content);
                let refers = stored.subject().as_ref() == Some(subject);
                let descriptor = refers.then(|| stored.describe(&digest, content.len() as u64));
                Ok::<_, Failure>(descriptor.map(|descriptor| (digest.to_string(), descriptor)))
            })
            .buffered(AT_ONCE)
            .try_filter_map(|found| std::future::ready(Ok(found)))
            .try_collect()
            .await
    }
}
