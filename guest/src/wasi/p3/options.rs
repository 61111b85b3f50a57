//! The timeouts of requests, which are the same for nearly all of them.

use std::cell::RefCell;

use crate::ports::ExchangeTimeouts;
use crate::wasi::bindings::wasi::http::types::RequestOptions;
use crate::wasi::exchange::{HostTimeouts, request_options};

/// Options that are copied for each request: a copy takes one call of the host, new options take four.
struct Template {
    timeouts: ExchangeTimeouts,
    options: RequestOptions,
    by_host: HostTimeouts,
}

thread_local! {
    /// The timeouts of the last request.
    static LAST: RefCell<Option<Template>> = const { RefCell::new(None) };
}

/// The timeouts as options for the host, and which of them it enforces.
pub(super) fn of(timeouts: ExchangeTimeouts) -> (RequestOptions, HostTimeouts) {
    LAST.with_borrow_mut(|last| {
        let template = match last.take() {
            Some(template) if template.timeouts == timeouts => template,
            _ => {
                let (options, by_host) = request_options(timeouts);
                Template { timeouts, options, by_host }
            }
        };
        let template = last.insert(template);
        (template.options.clone(), template.by_host)
    })
}
