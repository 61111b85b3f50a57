//! A file that is being written, piece by piece.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::executor::run;
use super::inflow::Inflow;
use super::piece;
use crate::blob;
use crate::error::{Error, ErrorKind};
use crate::wasi::Wasi;
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{
    DriverError, GuestFileWriter, PublishOptions, StoredContent, Written,
};

/// A writer. Its pieces are the content of one `write` of the core's, until something else is asked of it, so that its parts are
/// in flight together.
pub(in crate::wasi) struct Writer {
    path: String,
    size: Rc<Cell<u64>>,
    upload_id: Rc<RefCell<Option<Rc<str>>>>,
    stored: Rc<blob::Stored>,
    /// None while a call has it.
    state: RefCell<Option<State>>,
    /// Whether bytes that a call had taken are lost with a failure, and nobody has asked since how many are there.
    is_short: Cell<bool>,
}

enum State {
    Idle(Box<blob::Writer<Wasi>>),
    Writing {
        inflow: Inflow<Fed>,
        /// With all pieces, also those that wait.
        size: u64,
    },
}

/// The writer again, and what became of the pieces.
type Fed = (Box<blob::Writer<Wasi>>, Result<u64, blob::DriverError>);

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

    /// The writer, once all pieces have arrived, and whether they have.
    fn settle(&self) -> Result<Fed, blob::DriverError> {
        match self.state.take() {
            Some(State::Idle(writer)) => Ok((writer, Ok(0))),
            Some(State::Writing { inflow, size }) => {
                let fed = inflow.end(Ok(())).ok_or_else(|| self.lost())?;
                self.look_for(size, &fed.0);
                Ok(fed)
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

    /// Refuses to go on as if nothing were missing.
    fn check(&self) -> Result<(), blob::DriverError> {
        if !self.is_short.get() {
            return Ok(());
        }
        let message =
            "bytes that were taken are lost with a failure: ask for the size, and write again what is behind it";
        Err(Error::new(ErrorKind::Conflict, &self.path, message).into())
    }

    /// No call leaves it so.
    fn lost(&self) -> blob::DriverError {
        Error::new(ErrorKind::Conflict, &self.path, "the writer's content was given up").into()
    }

    fn is_idle(&self, writer: Box<blob::Writer<Wasi>>) {
        self.state.replace(Some(State::Idle(writer)));
    }

    /// Makes a call, unless pieces did not arrive.
    fn call<T>(
        &self,
        call: impl AsyncFnOnce(&mut blob::Writer<Wasi>) -> Result<T, blob::DriverError>,
    ) -> Result<T, blob::DriverError> {
        let (mut writer, arrived) = self.settle()?;
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
        let (mut inflow, size) = match self.state.take().ok_or_else(|| self.lost())? {
            State::Writing { inflow, size } => (inflow, size),
            State::Idle(mut writer) => {
                let size = writer.size();
                let inflow = Inflow::begin(|mut content, _| async move {
                    let result = writer.write(&mut content).await;
                    (writer, result)
                });
                (inflow, size)
            }
        };
        match inflow.push(piece) {
            Ok(()) => {
                self.state.replace(Some(State::Writing { inflow, size: size.saturating_add(length) }));
                Ok(())
            }
            Err(Some((writer, result))) => {
                self.look_for(size, &writer);
                self.is_idle(writer);
                // It takes no more content for no other reason than a failure.
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
        // What becomes of the pieces is all the same.
        let (mut writer, _) = self.settle()?;
        let result = run(writer.cancel());
        self.is_idle(writer);
        Ok(result?)
    }

    fn commit(&self, options: PublishOptions) -> Result<Written, DriverError> {
        Ok(self.call(async |writer| writer.commit(options.into()).await)?.into())
    }
}
