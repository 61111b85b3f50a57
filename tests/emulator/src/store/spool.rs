//! A body on its way into a bucket: gathered in memory, or written to disk as it comes.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::blob::Draft;
use super::bodies::Bodies;
use super::body::{Body, Segment};
use super::bucket::broken;
use crate::failures::Failure;

/// A body that is being received.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    memory: Body,
    disk: Option<Disk>,
}

/// Where the bytes go.
#[derive(Debug)]
struct Disk {
    bodies: Arc<Bodies>,
    draft: Option<Draft>,
    /// Whether a body of one run of bytes stays in memory, because an append finds it a place later.
    keep_short: bool,
}

impl Spool {
    pub(super) fn to_disk(bodies: Arc<Bodies>, keep_short: bool) -> Self {
        Self { memory: Body::default(), disk: Some(Disk { bodies, draft: None, keep_short }) }
    }

    /// Takes the next run of bytes. One run at most is held in memory if the body goes to disk.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> Result<(), Failure> {
        match &mut self.disk {
            Some(disk) if self.memory.len() > 0 => {
                let held = std::mem::take(&mut self.memory);
                disk.write(held).await?;
            }
            _ => {}
        }
        self.memory.push(Segment::Memory(bytes));
        Ok(())
    }

    /// The whole body; what is on disk lasts.
    pub(crate) async fn finish(self) -> Result<Body, Failure> {
        let Self { memory, disk } = self;
        let Some(mut disk) = disk else { return Ok(memory) };
        if disk.draft.is_none() && (disk.keep_short || memory.len() == 0) {
            return Ok(memory);
        }
        disk.write(memory).await?;
        let mut body = Body::default();
        if let Some(draft) = disk.draft {
            body.push(elsewhere(move || draft.finish()).await?);
        }
        Ok(body)
    }
}

impl Disk {
    async fn write(&mut self, body: Body) -> Result<(), Failure> {
        let (bodies, draft) = (self.bodies.clone(), self.draft.take());
        let written = elsewhere(move || {
            let mut draft = match draft {
                Some(draft) => draft,
                None => bodies.begin()?,
            };
            for segment in body.segments() {
                draft.write(&segment.read()?)?;
            }
            Ok(draft)
        });
        self.draft = Some(written.await?);
        Ok(())
    }
}

/// Waits for the disk on a thread of its own.
async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other).and_then(|done| done).map_err(broken)
}
