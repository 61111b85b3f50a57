//! Writes a stream into a file at an offset, in one call.

use futures_util::StreamExt as _;

use super::conditions::{Conditions, WriteOptions};
use super::content::{Content, End, zeros};
use super::driver::{Driver, check_offset, unsupported};
use super::error::{DriverError, Reason};
use super::existing::SourceObject;
use super::part_size::MAX_OBJECT;
use super::session::{Scope, Session};
use super::written::Written;
use crate::error::ErrorKind;
use crate::ports::Ports;

impl<P: Ports> Driver<P> {
    /// Writes a content into a file at an offset. The file keeps its bytes before the offset, and a gap between its end
    /// and the offset is filled with zeros; what it had behind the offset is dropped. Returns how many bytes the
    /// content had, and what OSS answered. The file changes as a whole, and only after `end` confirms that the content
    /// is complete; on any failure the file stays as it was and the upload is aborted.
    ///
    /// # Errors
    /// [`Reason::InvalidOffset`]; [`Reason::BrokenContent`] as `end` says; [`ErrorKind::Conflict`] if the file was
    /// changed while its beginning was copied; [`ErrorKind::Unsupported`] if an upload has too few parts for the
    /// content; and anything a request can fail with.
    pub async fn write_stream(
        &self,
        path: &str,
        offset: i64,
        content: Content<'_>,
        end: End<'_>,
        size_hint: Option<u64>,
        options: &WriteOptions,
    ) -> Result<(u64, Written), DriverError> {
        let start = check_offset(path, offset)?;
        self.write(path, start, content, end, size_hint, options).await.map_err(|error| error.at(offset))
    }

    async fn write(
        &self,
        path: &str,
        start: u64,
        content: Content<'_>,
        end: End<'_>,
        size_hint: Option<u64>,
        options: &WriteOptions,
    ) -> Result<(u64, Written), DriverError> {
        let object = self.file(path)?;
        let conditions = Conditions::check(path, options.publish)?;
        if start.saturating_add(size_hint.unwrap_or_default()) > MAX_OBJECT {
            return Err(unsupported(path, format!("OSS holds no object of more than {MAX_OBJECT} bytes")));
        }
        // Without a hint, leave room for at least as many bytes as the file keeps.
        let hint = Some(size_hint.map_or(start.saturating_mul(2), |length| length.saturating_add(start)));
        let known = if start == 0 { None } else { self.source_object(path).await? };
        let size = known.as_ref().map_or(0, |known| known.meta.size);
        let keep = size.min(start);
        let gap = start.saturating_sub(keep);
        let was = known.as_ref().map(|known| known.meta.clone());
        let mut session = match known {
            Some(known) => Session::from_existing(&self.0, path, object, known, keep, hint, Scope::Call).await?,
            None => Session::new(&self.0, path, object, hint),
        };
        session.set_content_type(options.content_type.as_deref());
        let known = gap.saturating_add(size_hint.unwrap_or_default());
        if known > session.upload.room() {
            let message = format!("{known} bytes more are more than the parts of an upload can hold");
            return Err(unsupported(path, message));
        }
        let mut content: Content<'_> = if gap > 0 { Box::pin(zeros(gap).chain(content)) } else { content };
        let (taken, result) = session.write(&mut content).await;
        let written = taken.saturating_sub(gap);
        // Drop the stream before asking for its result: its other end may wait for that before it reports one.
        drop(content);
        let result = match result {
            Ok(()) => end.await.map_err(|why| DriverError::new(path, Reason::BrokenContent(why))),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            return Err(session.abort_after_failure(error).await);
        }
        let is_unchanged = start > 0 && size == start && written == 0 && *options == WriteOptions::default();
        if let Some(meta) = was.filter(|_| is_unchanged) {
            // The file has this content already.
            session.abort().await?;
            return Ok((0, Written::from_meta(meta, &conditions)));
        }
        match session.publish(&conditions).await {
            Ok(made) => Ok((written, made)),
            Err(error) => session.abort_failed_publish(error, &conditions).await.map(|made| (written, made)),
        }
    }

    /// The object that stores the file at a path, with its metadata; `None` if there is none. 1 request.
    pub(super) async fn source_object(&self, path: &str) -> Result<Option<SourceObject>, DriverError> {
        let object = self.file(path)?;
        match self.0.client.head_attributes(path, &object).await {
            Ok((meta, attributes)) => Ok(Some(SourceObject { object, meta, attributes })),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
