//! The calls that stream nothing.

use super::error::BlobError;
use super::info::{FileInfo, PathListing, SignedUrl, UrlMethod};
use super::page::DirectoryPage;
use super::state::{FileContent, FileState, FileTail, Removal, WrittenFile};
use crate::call::TimeLimit;
use crate::engine::Interface;
use crate::error::{CallIds, Error};
use crate::instance::{Guest, Needs, Operation, Place};
use crate::wit::blob_driver as wit;
use bytes::Bytes;
use std::fmt;

/// The most of a file's end that the component reads at once, in bytes; it refuses more without a request.
const MAX_TAIL: u64 = 16 << 20;

/// What a call for blobs comes to.
pub(super) type Result<T> = std::result::Result<T, BlobError>;

/// A failure, as metrics name it and as logs tell it.
pub(super) fn failure<T>(output: &Result<T>) -> Option<(&'static str, &dyn fmt::Display)> {
    let error = output.as_ref().err()?;
    Some((error.error().map_or("failed", Error::outcome), error))
}

/// A failure is one of the call with these ids.
pub(super) fn identify<T>(output: &mut Result<T>, ids: &CallIds) {
    if let Err(error) = output {
        error.identify(ids);
    }
}

/// Defines calls: the fields of each, its operation's name, the function it calls with them, what is made of the result, and
/// how many bytes it holds in the instance.
macro_rules! calls {
    ($($name:ident { $key:ident: String $(, $field:ident: $type:ty)* } $operation:literal
        $function:ident($($argument:expr),*) -> $output:ty, $convert:expr $(, holds $holds:expr)?;)*) => {$(
        pub(super) struct $name {
            pub(super) $key: String,
            $(pub(super) $field: $type,)*
        }

        impl Operation for $name {
            const OPERATION: &'static str = $operation;
            const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
            type Output = Result<$output>;

            fn key(&self) -> &str {
                &self.$key
            }

            fn time_limit(&self) -> TimeLimit {
                TimeLimit::Requests
            }

            $(fn needs(&self) -> Needs {
                let holds: fn(&Self) -> u64 = $holds;
                Needs::Turn { bytes: holds(self) }
            })?

            fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
                failure(output)
            }

            fn identify(output: &mut Self::Output, ids: &CallIds) {
                identify(output, ids);
            }

            async fn run(
                self,
                guest: Guest<'_>,
            ) -> wasmtime::Result<std::result::Result<Self::Output, crate::wit::types::Error>> {
                let Self { $key $(, $field)* } = self;
                // Some are for the logs alone.
                let _ = &$key;
                let function = guest.blobs()?.$function();
                let (result,) = guest.invoke(function, (guest.storage, $($argument),*)).await?;
                Ok(Ok(result.map($convert).map_err(BlobError::from)))
            }
        }
    )*};
}

calls! {
    GetContent { path: String, condition: wit::ReadCondition } "get-content"
        func_get_content(path, condition) -> FileContent, FileContent::from;
    ReadTail { path: String, length: u64, condition: wit::ReadCondition } "read-tail"
        func_read_tail(path, length, condition) -> FileTail, FileTail::from, holds |read| read.length.min(MAX_TAIL);
    PutContent { path: String, content: Bytes, options: wit::WriteOptions } "put-content"
        func_put_content(path, content.into(), options) -> WrittenFile, WrittenFile::from,
        holds |put| put.content.len() as u64;
    Append { path: String, position: u64, before: Option<u64>, content: Bytes, window: Option<wit::Window> } "append"
        func_append(path, position, before, content.into(), window) -> WrittenFile, WrittenFile::from,
        holds |append| append.content.len() as u64;
    StatFile { path: String } "stat-file" func_stat_file(path) -> FileState, FileState::from;
    Stat { path: String } "stat-blob" func_stat(path) -> FileInfo, FileInfo::from;
    List { path: String } "list-blobs" func_list(path) -> PathListing, PathListing::from;
    ListPage { path: String, options: wit::PageOptions } "list-page"
        func_list_page(path, options) -> DirectoryPage, DirectoryPage::from;
    Copy { source: String, destination: String, options: wit::PublishOptions } "copy"
        func_copy(source, destination, options) -> WrittenFile, WrittenFile::from;
    Move { source: String, destination: String, options: wit::PublishOptions } "move"
        func_move(source, destination, options) -> WrittenFile, WrittenFile::from;
    Delete { path: String, window: Option<wit::Window> } "delete-blob" func_delete(path, window) -> Removal, Removal::from;
    DeleteFiles { path: String, paths: Vec<String>, window: Option<wit::Window> } "delete-files"
        func_delete_files(paths, window) -> Removal, Removal::from;
    UrlFor { path: String, method: UrlMethod, expiry: Option<u64> } "url-for"
        func_url_for(path, method.into(), expiry) -> SignedUrl, SignedUrl::from;
    RemoveUploads { path: String, uploads: Vec<wit::UploadInfo> } "remove-uploads"
        func_remove_uploads(uploads) -> (), |()| ();
    RemoveOrphans { path: String, older_than: u64 } "remove-orphans" func_remove_orphans(older_than) -> u64, |count| count;
}

/// Looks whether the bucket can be reached.
pub(super) struct Check;

impl Operation for Check {
    const OPERATION: &'static str = "check";
    const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
    type Output = Result<()>;

    fn key(&self) -> &str {
        ""
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    fn identify(output: &mut Self::Output, ids: &CallIds) {
        identify(output, ids);
    }

    async fn run(
        self,
        guest: Guest<'_>,
    ) -> wasmtime::Result<std::result::Result<Self::Output, crate::wit::types::Error>> {
        let (result,) = guest.invoke(guest.blobs()?.func_check(), (guest.storage,)).await?;
        Ok(Ok(result.map_err(BlobError::from)))
    }
}
