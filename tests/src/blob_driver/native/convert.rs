//! Options as the core has them.

use bytes::Bytes;
use ossicle::{BlobOptions, PublishOptions, ReadCondition, ServerSideEncryption, StorageClass, Window, WriteOptions};
use ossicle_guest::blob::{self as core, Content, DriverError, End, Reason, TimeSpan};
use ossicle_guest::oss::{self, Condition};

use crate::blob_driver::{BlobCause, BlobFailed, BlobWhy};
use crate::cert_storage::seconds;

/// How large the pieces are that a content comes in: no divisor of a part's size.
const PIECE: usize = 60_000;

/// A content.
pub(super) fn pieces(content: &[u8]) -> Content<'_> {
    Box::pin(futures_util::stream::iter(content.chunks(PIECE).map(Bytes::copy_from_slice)))
}

/// What is said of its end.
pub(super) fn end(end: Result<(), String>) -> End<'static> {
    Box::pin(std::future::ready(end))
}

pub(super) fn options(options: BlobOptions) -> core::BlobOptions {
    assert!(options.url_endpoint.is_none() && options.url_addressing.is_none(), "no suite wants them");
    core::BlobOptions {
        part_size: options.part_size,
        parts_in_flight: options.parts_in_flight,
        storage_class: options.storage_class.map(|class| match class {
            StorageClass::InfrequentAccess => oss::StorageClass::InfrequentAccess,
            other => panic!("no suite wants {other:?}"),
        }),
        encryption: options.encryption.map(|encryption| match encryption {
            ServerSideEncryption::Aes256 => oss::ServerSideEncryption::Aes256,
            other => panic!("no suite wants {other:?}"),
        }),
        copy_threshold: options.copy_threshold,
        copy_part_size: options.copy_part_size,
        part_md5: options.part_md5,
        url_endpoint: None,
        url_addressing: None,
    }
}

pub(super) fn window(window: Window) -> TimeSpan {
    TimeSpan { since: seconds(window.since), until: seconds(window.until) }
}

pub(super) fn publish(options: PublishOptions) -> core::PublishOptions {
    core::PublishOptions { create_only: options.create_only, window: options.window.map(window) }
}

pub(super) fn write(options: WriteOptions) -> core::WriteOptions {
    core::WriteOptions { content_type: options.content_type, publish: publish(options.publish) }
}

pub(super) fn condition(condition: &ReadCondition) -> Condition<'_> {
    Condition { if_match: condition.if_match.as_deref(), if_none_match: condition.if_none_match.as_deref() }
}

impl From<DriverError> for BlobFailed {
    fn from(error: DriverError) -> Self {
        let text = format!("{error} / {error:?}");
        let mut causes = Vec::new();
        let why = match error.reason {
            Reason::InvalidOffset => BlobWhy::InvalidOffset,
            Reason::BrokenContent(why) => BlobWhy::BrokenContent(why),
            Reason::Left(left) => {
                let cause = |left: core::PathFailure| BlobCause {
                    path: Some(left.path),
                    upload_id: None,
                    failed: left.error.into(),
                };
                causes.extend(left.into_iter().map(cause));
                BlobWhy::Left
            }
            Reason::Config(problem) => panic!("{problem}"),
            Reason::Storage(error) => BlobWhy::Failed(error.into()),
        };
        if let Some(left) = error.leftover {
            causes.push(BlobCause { path: None, upload_id: Some(left.upload_id), failed: left.error.into() });
        }
        let offset = error.offset.and_then(|offset| u64::try_from(offset).ok());
        Self { driver: core::NAME.to_owned(), path: error.path, offset, why, causes, text }
    }
}
