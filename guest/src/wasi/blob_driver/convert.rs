//! Converts options, entries and errors from and to the types of the WIT package.

use crate::blob;
use crate::oss::{Condition, Loaded, LoadedSuffix, ObjectState};
use crate::wasi::bindings::exports::ossicle::storage::{blob_driver as wit, types as wit_types};

impl From<wit::BlobOptions> for blob::BlobOptions {
    fn from(given: wit::BlobOptions) -> Self {
        Self {
            part_size: given.part_size,
            parts_in_flight: given.parts_in_flight,
            storage_class: given.storage_class.map(Into::into),
            encryption: given.encryption.map(Into::into),
            copy_threshold: given.copy_threshold,
            copy_part_size: given.copy_part_size,
            part_md5: given.part_md5,
            url_endpoint: given.url_endpoint.map(Into::into),
            url_addressing: given.url_addressing.map(Into::into),
        }
    }
}

impl From<blob::FileInfo> for wit::FileInfo {
    fn from(info: blob::FileInfo) -> Self {
        let blob::FileInfo { path, size, modified, is_dir, etag, date } = info;
        Self { path, size, modified, is_dir, etag, date }
    }
}

impl From<wit::Window> for blob::TimeSpan {
    fn from(window: wit::Window) -> Self {
        Self { since: window.since, until: window.until }
    }
}

impl From<wit::PublishOptions> for blob::PublishOptions {
    fn from(given: wit::PublishOptions) -> Self {
        Self { create_only: given.create_only, window: given.window.map(Into::into) }
    }
}

impl From<wit::WriteOptions> for blob::WriteOptions {
    fn from(given: wit::WriteOptions) -> Self {
        Self { content_type: given.content_type, publish: given.publish.into() }
    }
}

impl From<wit::WriterOptions> for blob::WriterOptions {
    fn from(given: wit::WriterOptions) -> Self {
        Self { size_hint: given.size_hint, content_type: given.content_type, at: given.at }
    }
}

impl<'a> From<&'a wit::WriterStart> for blob::WriterStart<'a> {
    fn from(start: &'a wit::WriterStart) -> Self {
        match start {
            wit::WriterStart::Anew => Self::Anew,
            wit::WriterStart::Newest => Self::Newest,
            wit::WriterStart::File => Self::File,
            wit::WriterStart::Upload(id) => Self::Upload(id),
        }
    }
}

impl<'a> From<&'a wit::ReadCondition> for Condition<'a> {
    fn from(condition: &'a wit::ReadCondition) -> Self {
        Self { if_match: condition.if_match.as_deref(), if_none_match: condition.if_none_match.as_deref() }
    }
}

impl From<ObjectState> for wit::FileState {
    fn from(state: ObjectState) -> Self {
        let ObjectState { size, etag, modified, content_type, date } = state;
        Self { size, etag, modified, content_type, date }
    }
}

impl From<Loaded> for wit::FileContent {
    fn from(loaded: Loaded) -> Self {
        Self { state: loaded.state().into(), crc64: loaded.crc64, content: loaded.bytes.into() }
    }
}

impl From<LoadedSuffix> for wit::FileTail {
    fn from(tail: LoadedSuffix) -> Self {
        Self { state: tail.state.into(), crc64: tail.crc64, content: tail.bytes.into() }
    }
}

impl From<blob::Written> for wit::Written {
    fn from(written: blob::Written) -> Self {
        let blob::Written { size, etag, crc64, date, perhaps_again } = written;
        Self { size, etag, crc64, date, perhaps_again }
    }
}

impl From<blob::Removed> for wit::Removed {
    fn from(removed: blob::Removed) -> Self {
        Self { date: removed.date, perhaps_again: removed.perhaps_again }
    }
}

impl From<blob::DirectoryPage> for wit::DirectoryPage {
    fn from(page: blob::DirectoryPage) -> Self {
        let blob::DirectoryPage { entries, next, date } = page;
        Self { entries: entries.into_iter().map(Into::into).collect(), next, date }
    }
}

impl From<blob::UploadInfo> for wit::UploadInfo {
    fn from(info: blob::UploadInfo) -> Self {
        Self { path: info.path, upload_id: info.upload_id, initiated: info.initiated }
    }
}

impl From<wit::UploadInfo> for blob::UploadInfo {
    fn from(info: wit::UploadInfo) -> Self {
        Self { path: info.path, upload_id: info.upload_id, initiated: info.initiated }
    }
}

impl From<blob::Stored> for wit::StoredContent {
    fn from(stored: blob::Stored) -> Self {
        let pieces = stored.pieces.into_iter().map(|piece| wit::StoredPiece {
            part: piece.part,
            size: piece.size,
            crc64: piece.crc64,
            etag: piece.etag,
        });
        Self { is_resumed: stored.is_resumed, kept: stored.kept, pieces: pieces.collect() }
    }
}

impl From<blob::DriverError> for wit::DriverError {
    fn from(error: blob::DriverError) -> Self {
        let own = |error: wit_types::Error| wit::Cause { path: None, upload_id: None, error };
        let mut causes = Vec::new();
        let reason = match error.reason {
            blob::Reason::InvalidOffset => wit::Reason::InvalidOffset,
            blob::Reason::BrokenContent(why) => wit::Reason::BrokenContent(why),
            blob::Reason::Left(left) => {
                causes.extend(
                    left.into_iter().map(|left| wit::Cause { path: Some(left.path), ..own(left.error.into()) }),
                );
                wit::Reason::Left
            }
            blob::Reason::Config(problem) => {
                causes.push(own(problem.into()));
                wit::Reason::Failed
            }
            blob::Reason::Storage(error) => {
                causes.push(own(error.into()));
                wit::Reason::Failed
            }
        };
        if let Some(left) = error.leftover {
            causes.push(wit::Cause { upload_id: Some(left.upload_id), ..own(left.error.into()) });
        }
        Self { driver_name: blob::NAME.to_owned(), path: error.path, offset: error.offset, reason, causes }
    }
}
