//! The timeouts of requests, which nearly all have the same.

use std::cell::RefCell;

use crate::ports::ExchangeTimeouts;
use crate::wasi::bindings::wasi::http::types::RequestOptions;
use crate::wasi::exchange::{Kept, request_options};

/// Options that requests are given copies of: to make a copy is one call of the host's, to make them anew four.
struct Template {
    timeouts: ExchangeTimeouts,
    options: RequestOptions,
    kept: Kept,
}

thread_local! {
    /// Those of the last request.
    static LAST: RefCell<Option<Template>> = const { RefCell::new(None) };
}

/// The timeouts as the host takes them, and which of them it keeps.
pub(super) fn of(timeouts: ExchangeTimeouts) -> (RequestOptions, Kept) {
    LAST.with_borrow_mut(|last| {
        let template = match last.take() {
            Some(template) if template.timeouts == timeouts => template,
            _ => {
                let (options, kept) = request_options(timeouts);
                Template { timeouts, options, kept }
            }
        };
        let template = last.insert(template);
        (template.options.clone(), template.kept)
    })
}
