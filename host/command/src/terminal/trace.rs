//! `-v`, `-vv` and `RUST_LOG`: what happens inside, on standard error.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts the log. Keys, hosts, statuses and request ids are in it; secrets, signatures and values are not.
pub fn start(verbose: u8) {
    let default = match verbose {
        0 => "off",
        1 => "warn,ossicle=debug",
        _ => "info,ossicle=trace,ossicle_emulator=debug",
    };
    let chosen = std::env::var("RUST_LOG").ok().filter(|chosen| !chosen.trim().is_empty());
    let filter = EnvFilter::new(chosen.as_deref().unwrap_or(default));
    let colourful =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colourful);
    // There is no other before this one.
    let _ = subscriber.try_init();
}
