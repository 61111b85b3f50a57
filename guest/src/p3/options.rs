//! The timeouts of requests, as `wasi:http` has them.

use std::cell::RefCell;
use std::time::Duration;

use super::bindings::wasi::http::types::RequestOptions;
use crate::ports::ExchangeTimeouts;

/// Options that requests are given copies of: to make a copy is one call of the host's, to make them anew four.
struct Template {
    timeouts: ExchangeTimeouts,
    options: RequestOptions,
    kept: Kept,
}

/// Which timeouts the host keeps.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    /// Those of connecting and of the first byte.
    pub(super) head: bool,
    /// The one between two pieces of the body.
    pub(super) body: bool,
}

thread_local! {
    /// Those of the last request: nearly all have the same.
    static LAST: RefCell<Option<Template>> = const { RefCell::new(None) };
}

/// The timeouts as the host takes them, and which of them it keeps.
pub(super) fn of(timeouts: ExchangeTimeouts) -> (RequestOptions, Kept) {
    LAST.with_borrow_mut(|last| {
        let template = match last.take() {
            Some(template) if template.timeouts == timeouts => template,
            _ => Template::new(timeouts),
        };
        let template = last.insert(template);
        (template.options.clone(), template.kept)
    })
}

impl Template {
    fn new(timeouts: ExchangeTimeouts) -> Self {
        let options = RequestOptions::new();
        let nanos = |length: Duration| Some(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX));
        let head = options.set_connect_timeout(nanos(timeouts.connect)).is_ok()
            && options.set_first_byte_timeout(nanos(timeouts.first_byte)).is_ok();
        let body = options.set_between_bytes_timeout(nanos(timeouts.between_bytes)).is_ok();
        Self { timeouts, options, kept: Kept { head, body } }
    }
}
