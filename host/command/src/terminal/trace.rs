//! What happens inside, on standard error: by `-v`, `-vv` and `RUST_LOG`, and of a service always.

use clap::ValueEnum;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// How the log of a service is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text for each event
    Text,
    /// A JSON document for each event, on a line of its own
    Json,
}

/// Starts the log; of a service in its format. Keys, hosts, statuses and request ids are in it; secrets, signatures and values
/// are not.
pub fn start(verbose: u8, service: Option<LogFormat>) {
    let default = match (verbose, service) {
        (0, None) => "off",
        (0, Some(_)) => "warn,ossicle=info",
        (1, _) => "warn,ossicle=debug",
        (_, _) => "info,ossicle=trace,ossicle_emulator=debug",
    };
    let chosen = std::env::var("RUST_LOG").ok().filter(|chosen| !chosen.trim().is_empty());
    let filter = EnvFilter::new(chosen.as_deref().unwrap_or(default));
    let colourful =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colourful);
    // There is no other before this one.
    let _ = match service {
        Some(LogFormat::Json) => subscriber.json().try_init(),
        Some(LogFormat::Text) | None => subscriber.try_init(),
    };
}
