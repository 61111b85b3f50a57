//! The paths of a directory's children.

use super::checkpoint;
use super::driver::{Driver, not_found, unsupported};
use super::error::DriverError;
use super::path::{Path, path_of, without_slash};
use crate::oss::{ListFrom, ListRequest, MAX_KEYS};
use crate::ports::Ports;

/// The most memory for the paths of one listing, in bytes.
const MAX_LISTING: usize = 16 << 20;
/// The memory that a path takes besides its text, in bytes.
const ENTRY_OVERHEAD: usize = 64;

/// The paths of a directory's children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathListing {
    /// The paths, in byte order.
    pub paths: Vec<String>,
    /// How many names in the directory are not paths.
    pub left_out: u64,
}

impl<P: Ports> Driver<P> {
    /// The paths of a directory's children, in byte order. 1 request for each 1000 entries.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`] if there is nothing below the directory, but never for `/`;
    /// [`crate::error::ErrorKind::Unsupported`] if the paths take more than 16 MiB; and anything a request can fail
    /// with.
    pub async fn list(&self, path: &str) -> Result<PathListing, DriverError> {
        let parsed = Path::parse_directory(path)?;
        let root = self.0.root();
        let Some(prefix) = parsed.prefix(root) else { return Err(not_found(path)) };
        let mut paths = Vec::new();
        let (mut size, mut left_out) = (0, 0);
        let kept = checkpoint::directory(root);
        let mut is_there = parsed.is_root();
        let mut continuation = None;
        loop {
            let request = ListRequest {
                key: Some(path),
                prefix: &prefix,
                one_level: true,
                from: ListFrom::page(continuation.as_ref()),
                max_keys: MAX_KEYS,
            };
            let page = self.0.client.list_objects(&request).await?;
            is_there |= !page.objects.is_empty() || !page.prefixes.is_empty();
            let files = page.objects.into_iter().map(|object| object.name).filter(|name| *name != prefix);
            let directories = page.prefixes.into_iter().filter(|name| *name != kept).map(without_slash);
            for child in files.chain(directories).map(|name| path_of(root, name)) {
                let Some(child) = child else {
                    left_out += 1;
                    continue;
                };
                size += child.len() + ENTRY_OVERHEAD;
                if size > MAX_LISTING {
                    return Err(unsupported(
                        path,
                        format!("the paths take more than {MAX_LISTING} bytes: walk instead"),
                    ));
                }
                paths.push(child);
            }
            continuation = page.next;
            if continuation.is_none() {
                break;
            }
        }
        // Files and directories are sorted among themselves on each page, which makes this sort fast. A name may be
        // both.
        paths.sort();
        paths.dedup();
        if is_there { Ok(PathListing { paths, left_out }) } else { Err(not_found(path)) }
    }
}
