//! The calls that stream nothing.

use super::error::BlobError;
use super::info::{FileInfo, PathListing, SignedUrl, UrlMethod};
use crate::call::TimeLimit;
use crate::error::Error;
use crate::instance::{Guest, Needs, Operation};
use crate::wit::blob_driver as wit;
use bytes::Bytes;
use std::fmt;

/// What a call for blobs comes to.
pub(super) type Result<T> = std::result::Result<T, BlobError>;

/// A failure, as metrics name it and as logs tell it.
pub(super) fn failure<T>(output: &Result<T>) -> Option<(&'static str, &dyn fmt::Display)> {
    let error = output.as_ref().err()?;
    Some((error.error().map_or("failed", Error::outcome), error))
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
    GetContent { path: String } "get-content" func_get_content(path) -> Vec<u8>, |content| content;
    PutContent { path: String, content: Bytes } "put-content" func_put_content(path, content.into()) -> (), |()| (),
        holds |put| put.content.len() as u64;
    Stat { path: String } "stat-blob" func_stat(path) -> FileInfo, FileInfo::from;
    List { path: String } "list-blobs" func_list(path) -> PathListing, PathListing::from;
    Move { source: String, destination: String } "move" func_move(source, destination) -> (), |()| ();
    Delete { path: String } "delete-blob" func_delete(path) -> (), |()| ();
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
    type Output = Result<()>;

    fn key(&self) -> &str {
        ""
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    async fn run(
        self,
        guest: Guest<'_>,
    ) -> wasmtime::Result<std::result::Result<Self::Output, crate::wit::types::Error>> {
        let (result,) = guest.invoke(guest.blobs()?.func_check(), (guest.storage,)).await?;
        Ok(Ok(result.map_err(BlobError::from)))
    }
}
