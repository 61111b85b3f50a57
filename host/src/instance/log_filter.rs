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
    if present.is::<NoSubscriber>() {
        return future.with_subscriber(present);
    }
    // Whatever the level is now: it may be raised while the instance lives.
    future.with_subscriber(LogFilter { log: present })
}

struct LogFilter {
    log: Dispatch,
}

impl Subscriber for LogFilter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.target().starts_with(LOUD) && self.log.enabled(metadata)
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target().starts_with(LOUD) { Interest::never() } else { self.log.register_callsite(metadata) }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The log behind it has a say of its own, and tells when that changes.
        Some(LevelFilter::OFF)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use tracing::{callsite, trace};

    /// Counts lines, of every level once it is told to.
    #[derive(Clone, Default)]
    struct Log {
        is_loud: Arc<AtomicBool>,
        lines: Arc<AtomicUsize>,
    }

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            self.is_loud.load(SeqCst)
        }

        fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
            Interest::sometimes()
        }

        fn max_level_hint(&self) -> Option<LevelFilter> {
            Some(if self.is_loud.load(SeqCst) { LevelFilter::TRACE } else { LevelFilter::INFO })
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            self.lines.fetch_add(1, SeqCst);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    /// 3.8: a level that is raised while an instance lives lets nothing out that was kept in before.
    #[tokio::test]
    async fn a_level_that_is_raised_later_lets_no_secret_out() {
        let log = Log::default();
        let dispatch = Dispatch::new(log.clone());
        let instance = dispatcher::with_default(&dispatch, || {
            let is_loud = Arc::clone(&log.is_loud);
            quietly(async move {
                is_loud.store(true, SeqCst);
                callsite::rebuild_interest_cache();
                trace!(target: "wasmtime_wasi_http::p3::bindings", "Authorization");
                trace!(target: "elsewhere", "heard");
            })
        });
        instance.await;
        assert_eq!(log.lines.load(SeqCst), 1, "what is no secret is heard, and nothing else");
    }
}
