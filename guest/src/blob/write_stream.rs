//! Writing a stream into a file at an offset, in one call.

use futures_util::StreamExt as _;

use super::conditions::{Conditions, WriteOptions};
use super::content::{Content, End, zeros};
use super::driver::{Driver, offset as checked, unsupported};
use super::error::{DriverError, Reason};
use super::part_size::MAX_OBJECT;
use super::prefix::Known;
use super::session::{Scope, Session};
use super::written::Written;
use crate::error::ErrorKind;
use crate::ports::Ports;

impl<P: Ports> Driver<P> {
    /// Makes a file what it was up to an offset, zeros where it was shorter, and a content. Tells how many bytes the content
    /// had, and what OSS answered. The file changes as a whole, and only after `end` says that the content's end was its end; on any failure it
    /// stays as it was and the upload is aborted.
    ///
    /// # Errors
    /// [`Reason::InvalidOffset`]; [`Reason::BrokenContent`] as `end` says; [`ErrorKind::Conflict`] when the file was changed
    /// while its beginning was copied; [`ErrorKind::Unsupported`] when its parts can't hold it; and anything a request can
    /// fail with.
    pub async fn write_stream(
        &self,
        path: &str,
        offset: i64,
        content: Content<'_>,
        end: End<'_>,
        size_hint: Option<u64>,
        options: &WriteOptions,
    ) -> Result<(u64, Written), DriverError> {
        let start = checked(path, offset)?;
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
        // Where nothing is known there is room for as much again at least.
        let hint = Some(size_hint.map_or(start.saturating_mul(2), |length| length.saturating_add(start)));
        let known = if start == 0 { None } else { self.known(path).await? };
        let size = known.as_ref().map_or(0, |known| known.meta.size);
        let keep = size.min(start);
        let gap = start.saturating_sub(keep);
        let was = known.as_ref().map(|known| known.meta.clone());
        let mut session = match known {
            Some(known) => Session::beginning_with(&self.0, path, object, known, keep, hint, Scope::Call).await?,
            None => Session::new(&self.0, path, object, hint),
        };
        session.set_content_type(options.content_type.as_deref());
        let known = gap.saturating_add(size_hint.unwrap_or_default());
        if known > session.upload.room() {
            let message = format!("{known} bytes more are more than the parts of an upload can hold");
            return Err(unsupported(path, message));
        }
        let mut content: Content<'_> = if gap > 0 { Box::pin(zeros(gap).chain(content)) } else { content };
        let (taken, result) = session.feed(&mut content).await;
        let written = taken.saturating_sub(gap);
        // The stream's other end may wait for it to be read or dropped before it says how it went.
        drop(content);
        let result = match result {
            Ok(()) => end.await.map_err(|why| DriverError::new(path, Reason::BrokenContent(why))),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            return Err(session.give_up(error).await);
        }
        let is_unchanged = start > 0 && size == start && written == 0 && *options == WriteOptions::default();
        if let Some(meta) = was.filter(|_| is_unchanged) {
            // It is what it should be.
            session.abort().await?;
            return Ok((0, Written::seen(meta, &conditions)));
        }
        match session.publish(&conditions).await {
            Ok(made) => Ok((written, made)),
            Err(error) => session.give_up_publishing(error, &conditions).await.map(|made| (written, made)),
        }
    }

    /// The object of a path, as it is; `None` where there is none. 1 request.
    pub(super) async fn known(&self, path: &str) -> Result<Option<Known>, DriverError> {
        let object = self.file(path)?;
        match self.0.client.head_attributes(path, &object).await {
            Ok((meta, attributes)) => Ok(Some(Known { object, meta, attributes })),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
