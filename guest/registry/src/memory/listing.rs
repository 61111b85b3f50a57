//! Listing of the bucket.

use super::objects::Bucket;
use crate::ports::{Depth, Entry, ListRequest, OssTime, Page};

impl Bucket {
    /// One page.
    pub fn list(&self, request: ListRequest<'_>, date: OssTime) -> Page {
        let prefix = format!("{}/", request.directory.trim_end_matches('/'));
        let start_after = request.start_after.unwrap_or_default();
        let mut page = Page { entries: Vec::new(), next: None, date };
        let mut last = String::new();
        for (path, object) in self.objects.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
            let child = path[prefix.len()..].split_once('/').map(|(child, _)| child);
            let (name, entry) = match child {
                Some(child) if request.depth == Depth::Children => {
                    let path = format!("{prefix}{child}");
                    (format!("{path}/"), Entry { path, file: None })
                }
                _ => (
                    path.clone(),
                    Entry { path: path.clone(), file: Some((object.content.len() as u64, object.modified)) },
                ),
            };
            if name.as_str() <= start_after || name == last {
                continue;
            }
            if page.entries.len() == usize::from(request.limit) {
                page.next = Some(last);
                break;
            }
            page.entries.push(entry);
            last = name;
        }
        page
    }
}
