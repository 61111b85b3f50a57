//! Where instances and calls run.

use crate::error::{Error, SetupProblem};
use tokio::runtime::Handle;

/// The caller's tokio runtime, or one of the engine's own.
pub(super) struct Runtime {
    handle: Handle,
    own: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    /// The runtime given, else the one this is called in, else one of its own.
    pub(super) fn new(given: Option<Handle>) -> Result<Self, Error> {
        if let Some(handle) = given.or_else(|| Handle::try_current().ok()) {
            return Ok(Self { handle, own: None });
        }
        let own = tokio::runtime::Builder::new_multi_thread()
            .thread_name("ossicle")
            .enable_all()
            .build()
            .map_err(|error| Error::Engine(SetupProblem::of(format!("no runtime: {error}"), error)))?;
        Ok(Self { handle: own.handle().clone(), own: Some(own) })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // The last handle of the engine may go within a task of this very runtime, which must not wait for itself.
        if let Some(own) = self.own.take() {
            own.shutdown_background();
        }
    }
}
