//! What exists in OSS of a client's upload: files and uploads to OSS.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{Depth, ListRequest, Ports, Storage, Upload};
use crate::registry::Registry;

/// What exists in OSS of an upload: the files in its folder, and the uploads to OSS for files there. The mark of a
/// cancelled upload is not among the files.
pub(crate) struct Remains {
    folder: String,
    files: Vec<(String, u64)>,
    pub uploads: Vec<Upload>,
    /// Whether the upload was cancelled: then no process continues it, whatever else exists.
    pub is_cancelled: bool,
}

impl Remains {
    /// Whether nothing exists.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.uploads.is_empty()
    }

    /// The sessions to continue, in the order in which to try them: the wanted one, and then those that are known to
    /// have the most content.
    pub fn sessions(&self, wanted: &str) -> Vec<&str> {
        let mut known: BTreeMap<&str, u64> = BTreeMap::new();
        let uploads = self.uploads.iter().map(|upload| (upload.path.as_str(), 0));
        for (path, size) in self.files.iter().map(|(path, size)| (path.as_str(), *size)).chain(uploads) {
            let Some((session, "data")) = self.session_and_file(path) else { continue };
            let most = known.entry(session).or_default();
            *most = size.max(*most);
        }
        for (path, _) in &self.files {
            // The listing does not show the size of an upload to OSS, but the names of a session's hash states do.
            let Some((session, file)) = self.session_and_file(path) else { continue };
            let offset: Option<u64> =
                file.strip_prefix("hashstates/").and_then(|state| state.split_once('/')?.1.parse().ok());
            if let (Some(most), Some(offset)) = (known.get_mut(session), offset) {
                *most = offset.max(*most);
            }
        }
        let mut sessions: Vec<(bool, u64, &str)> =
            known.into_iter().map(|(session, size)| (session == wanted, size, session)).collect();
        sessions.sort_unstable();
        sessions.into_iter().rev().map(|(_, _, session)| session).collect()
    }

    /// The files of a session.
    pub fn files_of(&self, session: &str) -> Vec<String> {
        let is_its = |path: &str| self.session_and_file(path).is_some_and(|(whose, _)| whose == session);
        self.files.iter().filter(|(path, _)| is_its(path)).map(|(path, _)| path.clone()).collect()
    }

    /// The same without the mark of a cancelled upload, and without the file that shows its age to distribution's
    /// purge.
    pub fn without_mark(mut self, name: &RepositoryName, uuid: &str) -> Self {
        let mark = [layout::upload_cancelled(name, uuid), layout::upload_started_at(name, uuid)];
        self.files.retain(|(path, _)| !mark.contains(path));
        self
    }

    fn session_and_file<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        path.strip_prefix(&self.folder)?.strip_prefix('/')?.split_once('/')
    }
}

impl<P: Ports> Registry<P> {
    /// Lists what exists in OSS of an upload. 2 requests.
    pub(super) async fn remains(&self, name: &RepositoryName, uuid: &str) -> Result<Remains, Failure> {
        let folder = layout::upload(name, uuid);
        let (mut files, mut uploads) = (Vec::new(), Vec::new());
        let mut next: Option<String> = None;
        loop {
            let start_after = next.as_deref();
            let request = ListRequest { directory: &folder, depth: Depth::All, start_after, limit: 1000 };
            let page = self.storage().list(request).await?;
            files.extend(page.entries.into_iter().filter_map(|entry| Some((entry.path, entry.file?.0))));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        let mut after: Option<Upload> = None;
        loop {
            let page = self.storage().uploads(&folder, after.as_ref()).await?;
            uploads.extend(page.uploads);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mark = layout::upload_cancelled(name, uuid);
        let is_cancelled = files.iter().any(|(path, _)| *path == mark);
        let remains = Remains { folder, files, uploads, is_cancelled };
        Ok(if is_cancelled { remains.without_mark(name, uuid) } else { remains })
    }

    /// Removes everything of an upload from OSS. 2 requests, 1 for each upload to OSS, and 1 for each 1000 files.
    pub(crate) async fn remove_remains(&self, name: &RepositoryName, uuid: &str) -> Result<(), Failure> {
        let remains = self.remains(name, uuid).await?;
        self.remove_found(remains).await
    }

    /// Removes everything that was found of an upload. 1 request for each upload to OSS, and 1 for each 1000 files.
    pub(super) async fn remove_found(&self, remains: Remains) -> Result<(), Failure> {
        if !remains.uploads.is_empty() {
            self.storage().abort(&remains.uploads).await?;
        }
        let paths: Vec<String> = remains.files.into_iter().map(|(path, _)| path).collect();
        if !paths.is_empty() {
            self.delete_files(&paths).await?;
        }
        Ok(())
    }
}
