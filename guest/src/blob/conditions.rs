//! The conditions on which OSS performs a change, as the caller gives them and after they are checked.

use std::cell::Cell;

use super::driver::unsupported;
use super::error::DriverError;
use crate::oss::{Change, Guard, Window};

/// The longest span that a request can be signed for, in seconds: 7 days (OSS documentation: *Include a V4 signature in
/// a URL*).
const MAX_SPAN: u64 = 7 * 24 * 3600;

/// The `window` of the WIT package: a span of OSS's time, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSpan {
    /// The beginning of the span.
    pub since: u64,
    /// The end of the span.
    pub until: u64,
}

/// The `publish-options` of the WIT package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublishOptions {
    /// Whether to fail if the file exists.
    pub create_only: bool,
    /// The span of OSS's time in which the change may take effect; `None` for any time.
    pub window: Option<TimeSpan>,
}

/// The `write-options` of the WIT package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The content's type.
    pub content_type: Option<String>,
    /// The conditions of the change.
    pub publish: PublishOptions,
}

/// Checked conditions, and whether a request with them was sent more than once.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) create_only: bool,
    window: Option<Window>,
    doubled: Cell<bool>,
}

impl Conditions {
    /// Checks the conditions for changing a path.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unsupported`] if a request can't be signed for that span.
    pub(super) fn check(path: &str, given: PublishOptions) -> Result<Self, DriverError> {
        let window = given.window.map(|span| {
            let seconds = span.until.saturating_sub(span.since);
            if (1..=MAX_SPAN).contains(&seconds) {
                return Ok(Window { from: span.since, seconds });
            }
            let message = format!(
                "a window lasts for 1 to {MAX_SPAN} seconds, and not from {} until {}, in seconds since 1970",
                span.since, span.until
            );
            Err(unsupported(path, message))
        });
        Ok(Self { create_only: given.create_only, window: window.transpose()?, doubled: Cell::default() })
    }

    /// Checks the window for changing a path.
    ///
    /// # Errors
    /// As [`Conditions::check`].
    pub(super) fn within(path: &str, window: Option<TimeSpan>) -> Result<Self, DriverError> {
        Self::check(path, PublishOptions { create_only: false, window })
    }

    /// How to send a request that writes a file.
    pub(super) fn change(&self) -> Change<'_> {
        Change { guard: self.guard(), create_only: self.create_only, once: false }
    }

    /// How to send any other change.
    pub(super) fn guard(&self) -> Option<Guard<'_>> {
        self.window.map(|window| Guard { window, doubled: Some(&self.doubled) })
    }

    /// Whether the change is limited to a window.
    pub(super) fn have_window(&self) -> bool {
        self.window.is_some()
    }

    /// Whether another attempt of a request with these conditions may still take effect, until the window's end.
    pub(super) fn perhaps_again(&self) -> bool {
        self.doubled.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_window_lasts_for_at_least_a_second_and_at_most_seven_days() {
        let of = |since, until| Conditions::within("/f", Some(TimeSpan { since, until }));
        for (since, until) in [(5, 6), (0, MAX_SPAN), (7, 7 + MAX_SPAN)] {
            let guard = of(since, until).unwrap().guard().unwrap().window;
            assert_eq!((guard.from, guard.end()), (since, until));
        }
        for (since, until) in [(5, 5), (6, 5), (0, MAX_SPAN + 1), (0, u64::MAX)] {
            assert_eq!(of(since, until).unwrap_err().kind(), Some(ErrorKind::Unsupported), "{since} {until}");
        }
    }
}
