//! Keeps what the component sends out of the log.
//!
//! At the level TRACE wasmtime logs each call of an import with its arguments: every header, `Authorization` among them,
//! and every signed URL. Whoever turns that level on is looking for something else, and a log is no place for secrets.

use tracing::instrument::{WithDispatch, WithSubscriber};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, NoSubscriber, Subscriber};
use tracing::{Dispatch, Event, Metadata, dispatcher};

/// Where the calls are logged: the bindings of `wasmtime_wasi_http` and `wasmtime_wasi`.
const LOUD: &str = "wasmtime_wasi";

/// Runs a future without these lines in whatever log there is.
pub(super) fn quietly<F: Future>(future: F) -> WithDispatch<F> {
    let present = dispatcher::get_default(Dispatch::clone);
    // The lines are at that level only. Otherwise nothing has to be kept out, nor looked at twice.
    let level = LevelFilter::current();
    if present.is::<NoSubscriber>() || level < LevelFilter::TRACE {
        return future.with_subscriber(present);
    }
    future.with_subscriber(Quiet { log: present, level })
}

struct Quiet {
    log: Dispatch,
    level: LevelFilter,
}

impl Subscriber for Quiet {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.target().starts_with(LOUD) && self.log.enabled(metadata)
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target().starts_with(LOUD) { Interest::never() } else { self.log.register_callsite(metadata) }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.log.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.log.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.log.record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        self.log.event(event);
    }

    fn enter(&self, span: &Id) {
        self.log.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.log.exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.log.clone_span(id)
    }

    fn try_close(&self, id: Id) -> bool {
        self.log.try_close(id)
    }
}
