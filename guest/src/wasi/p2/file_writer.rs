//! Writes a file, piece by piece.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::content_call::ContentCall;
use super::executor::run;
use super::piece;
use crate::blob;
use crate::error::{Error, ErrorKind};
use crate::wasi::Wasi;
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{
    DriverError, GuestFileWriter, PublishOptions, StoredContent, Written,
};

/// A writer. Its pieces form the content of a single `write` of the core until another operation is called, so that
/// several parts can be in flight.
pub(in crate::wasi) struct Writer {
    path: String,
    size: Rc<Cell<u64>>,
    upload_id: Rc<RefCell<Option<Rc<str>>>>,
    stored: Rc<blob::Stored>,
    /// `None` while a call uses it.
    state: RefCell<Option<State>>,
    /// Whether bytes that a call had accepted are lost because of a failure, and the caller has not asked for the size
    /// since.
    is_short: Cell<bool>,
}

enum State {
    Idle(Box<blob::Writer<Wasi>>),
    Writing {
        call: ContentCall<WriteOutcome>,
        /// The size including all pieces, also waiting ones.
        size: u64,
    },
}

/// The writer, and the result of writing the pieces.
type WriteOutcome = (Box<blob::Writer<Wasi>>, Result<u64, blob::DriverError>);

impl Writer {
    pub(in crate::wasi) fn new(path: String, writer: blob::Writer<Wasi>) -> Self {
        let (size, upload_id, stored) = (writer.watched_size(), writer.watched_id(), writer.stored());
        Self {
            path,
            size,
            upload_id,
            stored,
            state: RefCell::new(Some(State::Idle(Box::new(writer)))),
            is_short: Cell::new(false),
        }
    }

    /// Waits until all pieces are written; returns the writer and the result.
    fn finish_write(&self) -> Result<WriteOutcome, blob::DriverError> {
        match self.state.take() {
            Some(State::Idle(writer)) => Ok((writer, Ok(0))),
            Some(State::Writing { call, size }) => {
                let outcome = call.end(Ok(())).ok_or_else(|| self.lost())?;
                self.look_for(size, &outcome.0);
                Ok(outcome)
            }
            None => Err(self.lost()),
        }
    }

    /// Notes whether the writer has fewer bytes than calls have taken.
    fn look_for(&self, size: u64, writer: &blob::Writer<Wasi>) {
        if writer.size() < size {
            self.is_short.set(true);
        }
    }

    /// Refuses to continue as if no bytes were missing.
    fn check(&self) -> Result<(), blob::DriverError> {
        if !self.is_short.get() {
            return Ok(());
        }
        let message =
            "bytes that were taken are lost with a failure: ask for the size, and write again what is behind it";
        Err(Error::new(ErrorKind::Conflict, &self.path, message).into())
    }

    /// Every call puts the writer back.
    fn lost(&self) -> blob::DriverError {
        Error::new(ErrorKind::Conflict, &self.path, "the writer's content was given up").into()
    }

    fn is_idle(&self, writer: Box<blob::Writer<Wasi>>) {
        self.state.replace(Some(State::Idle(writer)));
    }

    /// Makes a call, unless pieces were lost.
    fn call<T>(
        &self,
        call: impl AsyncFnOnce(&mut blob::Writer<Wasi>) -> Result<T, blob::DriverError>,
    ) -> Result<T, blob::DriverError> {
        let (mut writer, arrived) = self.finish_write()?;
        let result = match arrived {
            Ok(_) => self.check().and_then(|()| run(call(&mut writer))),
            Err(error) => Err(error),
        };
        self.is_idle(writer);
        result
    }
}

impl GuestFileWriter for Writer {
    fn write(&self, content: Vec<u8>) -> Result<(), DriverError> {
        self.check()?;
        let piece = piece::given(&self.path, content)?;
        let length = piece.len() as u64;
        let (mut call, size) = match self.state.take().ok_or_else(|| self.lost())? {
            State::Writing { call, size } => (call, size),
            State::Idle(mut writer) => {
                let size = writer.size();
                let call = ContentCall::begin(|mut content, _| async move {
                    let result = writer.write(&mut content).await;
                    (writer, result)
                });
                (call, size)
            }
        };
        match call.push(piece) {
            Ok(()) => {
                self.state.replace(Some(State::Writing { call, size: size.saturating_add(length) }));
                Ok(())
            }
            Err(Some((writer, result))) => {
                self.look_for(size, &writer);
                self.is_idle(writer);
                // The call accepts no more content only if it has failed.
                Err(result.map_or_else(|error| error, |_| self.lost()).into())
            }
            Err(None) => Err(self.lost().into()),
        }
    }

    fn size(&self) -> u64 {
        match &*self.state.borrow() {
            Some(State::Writing { size, .. }) => *size,
            _ => {
                self.is_short.set(false);
                self.size.get()
            }
        }
    }

    fn upload_id(&self) -> Option<String> {
        self.upload_id.borrow().as_deref().map(str::to_owned)
    }

    fn stored(&self) -> StoredContent {
        (*self.stored).clone().into()
    }

    fn close(&self) -> Result<(), DriverError> {
        Ok(self.call(async |writer| writer.close().await)?)
    }

    fn cancel(&self) -> Result<(), DriverError> {
        // The result of writing the pieces does not matter.
        let (mut writer, _) = self.finish_write()?;
        let result = run(writer.cancel());
        self.is_idle(writer);
        Ok(result?)
    }

    fn commit(&self, options: PublishOptions) -> Result<Written, DriverError> {
        Ok(self.call(async |writer| writer.commit(options.into()).await)?.into())
    }
}
