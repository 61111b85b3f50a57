//! A call on its way into an instance.

use super::desk::{Desk, Outcome, Owner};
use super::guest::Guest;
use super::operation::Operation;
use crate::call::CallContext;
use crate::error::StorageError;
use std::pin::Pin;
use std::sync::Arc;

/// A call on its way into an instance.
pub(crate) trait Job: Send {
    fn run<'a>(self: Box<Self>, guest: Guest<'a>) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;
    fn hand_back(self: Box<Self>);
}

/// A call that answers at a desk.
pub(crate) struct Ordered<C: Operation, O: Owner> {
    call: Option<C>,
    context: Arc<CallContext>,
    desk: Arc<Desk<C, O>>,
}

impl<C: Operation, O: Owner> Ordered<C, O> {
    pub(crate) fn new(call: C, context: Arc<CallContext>, desk: Arc<Desk<C, O>>) -> Box<Self> {
        Box::new(Self { call: Some(call), context, desk })
    }
}

impl<C: Operation, O: Owner> Job for Ordered<C, O> {
    fn run<'a>(
        mut self: Box<Self>,
        guest: Guest<'a>,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(call) = self.call.take()
                && self.desk.begin()
            {
                let context = Arc::clone(&self.context);
                let result = call.run(Guest { context: Some(&context), ..guest }).await?;
                guest.accessor.with(|mut access| access.data_mut().end(&context));
                self.desk.decide(Outcome::Done(result.map_err(|error| StorageError::from(error).into_error())));
            }
            Ok(())
        })
    }

    fn hand_back(mut self: Box<Self>) {
        if let Some(call) = self.call.take() {
            self.desk.decide(Outcome::Untouched(call));
        }
    }
}

impl<C: Operation, O: Owner> Drop for Ordered<C, O> {
    fn drop(&mut self) {
        // Nothing, where it has been answered.
        self.desk.decide(Outcome::Lost);
    }
}
