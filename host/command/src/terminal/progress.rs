//! How far a transfer is, for a person who watches: a bar with the rate and the time left.

use super::foreign;
use super::format::Format;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::Duration;

const KNOWN: &str = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta} left ";
const UNKNOWN: &str = "{msg} {spinner} {binary_bytes}  {binary_bytes_per_sec}  {elapsed} ";

/// Whether somebody watches: then what is to come is worth a request to know.
pub fn is_watched(format: Format) -> bool {
    !format.quiet && !format.json && io::stderr().is_terminal()
}

/// A bar on standard error, from how much is there already, and cleared at its end; nothing where nobody watches.
pub fn bar(format: Format, message: &str, done: u64, length: Option<u64>) -> ProgressBar {
    if !is_watched(format) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template(if length.is_some() { KNOWN } else { UNKNOWN });
    // The templates are constants, and a bar with the usual style is a bar as well.
    let bar = bar
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(foreign::shown(message).into_owned());
    bar.set_position(done);
    // The rate is that of this transfer.
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
