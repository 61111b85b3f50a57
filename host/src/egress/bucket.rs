//! Which requests name one bucket and no other.
//!
//! With virtual-hosted addressing, and at a domain that is bound to a bucket, the host names it. With path-style addressing
//! tenants share a host, and it is the path that does. A copy names the bucket that it reads in a header, whatever the
//! addressing. Bodies are not read: what settings of a bucket and the processing of an object name in theirs (where logs go to,
//! where an image is saved), OSS allows or not by the rights of the credentials.

use super::refusal::Refusal;
use http::{HeaderName, Request};

/// Where a copy reads from, as OSS's own clients name it and as those of the S3 API do, which OSS serves as well.
static SOURCES: [HeaderName; 2] =
    [HeaderName::from_static("x-oss-copy-source"), HeaderName::from_static("x-amz-copy-source")];

/// A bucket, and whether requests name it in their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BucketRule {
    pub(crate) name: String,
    pub(crate) is_in_path: bool,
}

impl BucketRule {
    /// Refuses a request that names another bucket.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        if self.is_in_path && !self.is_named_by(request.uri().path()) {
            return Err(Refusal::Path);
        }
        let mut sources = SOURCES.iter().flat_map(|name| request.headers().get_all(name));
        if sources.all(|source| source.to_str().is_ok_and(|source| self.is_named_by(source))) {
            Ok(())
        } else {
            Err(Refusal::CopySource)
        }
    }

    /// Whether a path is `/<bucket>`, or below it and there for everybody who resolves it. A bucket's name has no character
    /// that clients encode, so none that is encoded is taken for it.
    fn is_named_by(&self, path: &str) -> bool {
        let below = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.name.as_str()));
        below.is_some_and(|below| below.is_empty() || below.starts_with('/') && !leads_out(below))
    }
}

const SLASHES: [char; 2] = ['/', '\\'];

fn before_parameters(text: &str) -> &str {
    text.split_once(';').map_or(text, |(text, _)| text)
}

/// Whether a path could lead above where it begins. To OSS `..` is a component of a name like any other, and a blob's path or a
/// root may have one; but a proxy before it may resolve dots, and do so after it has decoded the path, merged slashes, taken `\`
/// for one, or dropped what stands behind a `;`. So the path has to stay below for whichever of these: what is perhaps two
/// components takes it down by one, and each `..` that somebody might see takes it up.
fn leads_out(path: &str) -> bool {
    let may_have_dots = path.contains("..") || path.contains("%2e") || path.contains("%2E");
    if !may_have_dots {
        return false;
    }
    let mut depth = 0_usize;
    for segment in path.split('/') {
        let decoded = segment.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
        let ups = decoded.split(SLASHES).filter(|part| before_parameters(part) == "..").count();
        let is_below = ups == 0 && before_parameters(&decoded).split(SLASHES).any(|part| !matches!(part, "" | "."));
        match (depth + usize::from(is_below)).checked_sub(ups) {
            Some(reached) => depth = reached,
            None => return true,
        }
    }
    false
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
