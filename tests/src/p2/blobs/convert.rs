//! Options and results as the WIT package of 0.2 has them.

use ossicle::{
    BlobOptions, PageOptions, PublishOptions, ReadCondition, ServerSideEncryption, StorageClass, UrlMethod, Window,
    WriteOptions, WriterOptions, WriterStart,
};
use ossicle_guest::blob::{DirectoryPage, FileInfo, Removed, Stored, StoredPiece, Written};
use ossicle_guest::oss::ObjectState;

use crate::blob_driver::{BlobCause, BlobFailed, BlobWhy};
use crate::cert_storage::seconds;
use crate::p2::bindings::{blob_driver as wit, types};

impl From<BlobOptions> for wit::BlobOptions {
    fn from(options: BlobOptions) -> Self {
        assert!(options.url_endpoint.is_none() && options.url_addressing.is_none(), "no suite wants them");
        Self {
            part_size: options.part_size,
            parts_in_flight: options.parts_in_flight,
            storage_class: options.storage_class.map(|class| match class {
                StorageClass::InfrequentAccess => types::StorageClass::InfrequentAccess,
                other => panic!("no suite wants {other:?}"),
            }),
            encryption: options.encryption.map(|encryption| match encryption {
                ServerSideEncryption::Aes256 => types::ServerSideEncryption::Aes256,
                other => panic!("no suite wants {other:?}"),
            }),
            copy_threshold: options.copy_threshold,
            copy_part_size: options.copy_part_size,
            part_md5: options.part_md5,
            url_endpoint: None,
            url_addressing: None,
        }
    }
}

impl From<Window> for types::Window {
    fn from(window: Window) -> Self {
        Self { since: seconds(window.since), until: seconds(window.until) }
    }
}

impl From<PublishOptions> for wit::PublishOptions {
    fn from(options: PublishOptions) -> Self {
        Self { create_only: options.create_only, window: options.window.map(Into::into) }
    }
}

impl From<WriteOptions> for wit::WriteOptions {
    fn from(options: WriteOptions) -> Self {
        Self { content_type: options.content_type, publish: options.publish.into() }
    }
}

impl From<WriterOptions> for wit::WriterOptions {
    fn from(options: WriterOptions) -> Self {
        Self { size_hint: options.size_hint, content_type: options.content_type, at: options.at }
    }
}

impl From<WriterStart> for wit::WriterStart {
    fn from(start: WriterStart) -> Self {
        match start {
            WriterStart::Anew => Self::Anew,
            WriterStart::Newest => Self::Newest,
            WriterStart::File => Self::File,
            WriterStart::Upload(id) => Self::Upload(id),
            other => panic!("{other:?}"),
        }
    }
}

impl From<ReadCondition> for wit::ReadCondition {
    fn from(condition: ReadCondition) -> Self {
        Self { if_match: condition.if_match, if_none_match: condition.if_none_match }
    }
}

impl From<PageOptions> for wit::PageOptions {
    fn from(options: PageOptions) -> Self {
        Self { recursive: options.recursive, start_after: options.start_after, limit: options.limit }
    }
}

impl From<UrlMethod> for wit::UrlMethod {
    fn from(method: UrlMethod) -> Self {
        match method {
            UrlMethod::Get => Self::Get,
            UrlMethod::Head => Self::Head,
            other => panic!("{other:?}"),
        }
    }
}

impl From<wit::FileState> for ObjectState {
    fn from(state: wit::FileState) -> Self {
        let wit::FileState { size, etag, modified, content_type, date } = state;
        Self { size, etag, modified, content_type, date }
    }
}

impl From<wit::FileInfo> for FileInfo {
    fn from(info: wit::FileInfo) -> Self {
        let wit::FileInfo { path, size, modified, is_dir, etag, date } = info;
        Self { path, size, modified, is_dir, etag, date }
    }
}

impl From<wit::DirectoryPage> for DirectoryPage {
    fn from(page: wit::DirectoryPage) -> Self {
        Self { entries: page.entries.into_iter().map(Into::into).collect(), next: page.next, date: page.date }
    }
}

impl From<wit::Written> for Written {
    fn from(written: wit::Written) -> Self {
        let wit::Written { size, etag, crc64, date, perhaps_again } = written;
        Self { size, etag, crc64, date, perhaps_again }
    }
}

impl From<wit::Removed> for Removed {
    fn from(removed: wit::Removed) -> Self {
        Self { date: removed.date, perhaps_again: removed.perhaps_again }
    }
}

impl From<wit::StoredContent> for Stored {
    fn from(stored: wit::StoredContent) -> Self {
        let pieces = stored.pieces.into_iter().map(|piece| {
            let wit::StoredPiece { part, size, crc64, etag } = piece;
            StoredPiece { part, size, crc64, etag }
        });
        Self { is_resumed: stored.is_resumed, kept: stored.kept, pieces: pieces.collect() }
    }
}

impl From<wit::Cause> for BlobCause {
    fn from(cause: wit::Cause) -> Self {
        Self { path: cause.path, upload_id: cause.upload_id, failed: cause.error.into() }
    }
}

impl From<wit::DriverError> for BlobFailed {
    fn from(error: wit::DriverError) -> Self {
        let messages: Vec<_> = error.causes.iter().map(|cause| cause.error.message.as_str()).collect();
        let text = format!("{}: {} / {error:?}", error.driver_name, messages.join("; "));
        let mut causes = error.causes.into_iter().map(BlobCause::from);
        let why = match error.reason {
            wit::Reason::InvalidOffset => BlobWhy::InvalidOffset,
            wit::Reason::BrokenContent(why) => BlobWhy::BrokenContent(why),
            wit::Reason::Left => BlobWhy::Left,
            wit::Reason::Failed => BlobWhy::Failed(causes.next().expect("it says why").failed),
        };
        let offset = error.offset.and_then(|offset| u64::try_from(offset).ok());
        Self { driver: error.driver_name, path: error.path, offset, why, causes: causes.collect(), text }
    }
}
