//! The timeouts of requests, as `wasi:http` has them.

use std::cell::RefCell;
use std::time::Duration;

use super::bindings::wasi::http::types::RequestOptions;
use crate::ports::ExchangeTimeouts;

/// Options that requests are given copies of: to make a copy is one call of the host's, to make them anew four.
struct Template {
    timeouts: ExchangeTimeouts,
    options: RequestOptions,
    is_bounded: bool,
}

thread_local! {
    /// Those of the last request: nearly all have the same.
    static LAST: RefCell<Option<Template>> = const { RefCell::new(None) };
}

/// The timeouts as the host keeps them, and whether it does keep those of connecting and of the first byte.
pub(super) fn of(timeouts: ExchangeTimeouts) -> (RequestOptions, bool) {
    LAST.with_borrow_mut(|last| {
        let template = match last.take() {
            Some(template) if template.timeouts == timeouts => template,
            _ => Template::new(timeouts),
        };
        let template = last.insert(template);
        (template.options.clone(), template.is_bounded)
    })
}

impl Template {
    fn new(timeouts: ExchangeTimeouts) -> Self {
        let options = RequestOptions::new();
        let nanos = |length: Duration| Some(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX));
        let is_bounded = options.set_connect_timeout(nanos(timeouts.connect)).is_ok()
            && options.set_first_byte_timeout(nanos(timeouts.first_byte)).is_ok();
        // Where the host does not keep this one, a body that stalls is for the host to end.
        let _unsupported = options.set_between_bytes_timeout(nanos(timeouts.between_bytes));
        Self { timeouts, options, is_bounded }
    }
}
