//! Announces an epoch in the log.

use super::{CollectError, Collector};
use crate::gc::log::{append, read_end};
use crate::gc::record::EpochRecord;
use crate::gc::rule::Rule;
use crate::ports::{Clock, Entropy, OssTime, Storage, StorageErrorKind, Window};

/// How often a record is appended if the response does not tell the result. The window of the append allows for one
/// request and its repetition.
const ATTEMPTS: u32 = 4;

impl<S: Storage, C: Clock + Entropy> Collector<'_, S, C> {
    /// Appends a record at the log's length from before the first mark: if another collector announced an epoch since,
    /// the append fails.
    ///
    /// If the response does not tell the result, the same bytes are appended at the same position again, and only the
    /// log shows whether they were written. If the collector gives up and the record is written later, that is an epoch
    /// without deletes.
    pub(super) async fn publish(
        &self,
        position: u64,
        record: &EpochRecord,
        now: OssTime,
        publication: u64,
    ) -> Result<(), CollectError> {
        let window = Window { start: now, end: OssTime(now.0.saturating_add(publication)) };
        for attempt in 1.. {
            let position = if self.settings.keeps(Rule::AppendAtPosition) {
                position
            } else {
                read_end(self.storage).await?.length
            };
            let Err(error) = append(self.storage, position, record, window).await else { return Ok(()) };
            if !self.settings.keeps(Rule::UndecidedIsResolved) {
                return if error.undecided { Ok(()) } else { Err(CollectError::NotAnnounced(error)) };
            }
            let is_over = attempt >= ATTEMPTS || error.kind == StorageErrorKind::TooLate;
            match read_end(self.storage).await {
                Ok(end) if end.record.as_ref() == Some(record) => return Ok(()),
                Ok(end) if end.length != position && self.settings.keeps(Rule::AppendAtPosition) => {
                    return Err(CollectError::Overtaken);
                }
                _ if is_over => return Err(CollectError::NotAnnounced(error)),
                _ => {}
            }
        }
        Err(CollectError::Overtaken)
    }
}
