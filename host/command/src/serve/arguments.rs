//! The arguments.

use super::token::Token;
use crate::error::Exit;
use crate::settings::listen_address;
use crate::terminal::{Format, schema, trace};
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ossicle serve                                        one tenant on an OSS emulator in memory, with a token to try
  ossicle serve --config /etc/ossicle/serve.toml       the tenants of a file
  ossicle serve token --rights read,write --expires 90d   a new token, and the lines for the file

The file:
  listen = \"127.0.0.1:8700\"            # the default
  [tls]                                # without it: HTTP, on this machine only
  certificate = \"/etc/ossicle/tls.crt\" # read again when it changes
  key = \"/etc/ossicle/tls.key\"

  [[tenant]]
  name = \"shop\"
  [tenant.storage]                     # as a config file of `ossicle cert`
  bucket = \"shop-certificates\"
  region = \"cn-hangzhou\"
  credentials = { access-key-id = \"...\", access-key-secret = \"...\" }
  [[tenant.token]]                     # as `ossicle serve token` prints it
  id = \"...\"
  sha256 = \"...\"
  rights = [\"read\", \"write\"]

All of it: host/service/SERVE.md. The API: /openapi.json of the server.";

/// Serve certificates, locks and blobs of many tenants over HTTP, to programs that load no components.
///
/// Each tenant has a bucket of its own, and tokens or client certificates by which its clients are known. The config is read
/// again on SIGHUP and when it changes, without an end to what is under way; one that is wrong is refused as a whole. Without
/// a config it serves one tenant on an OSS emulator in memory. It listens on this machine only unless told otherwise, and ends
/// in good order on Ctrl-C or SIGTERM.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}\n{}\n\n{}", schema::HELP, schema::SERVE, Exit::HELP),
)]
pub struct Serve {
    #[command(flatten)]
    pub format: Format,
    /// The TOML file with the tenants [default: one tenant on an OSS emulator]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Where to listen, in place of the file's `listen` [default: 127.0.0.1:8700]
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: Option<SocketAddr>,
    /// Speak plain HTTP beyond this machine, where everybody on the way can read the tokens: for a proxy that adds TLS
    #[arg(long)]
    pub insecure_http: bool,
    /// Write a line for each request to the end of a file, in the combined log format
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub access_log: Option<PathBuf>,
    /// How the log on standard error is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = trace::LogFormat::Text)]
    pub log: trace::LogFormat,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub operation: Option<Operation>,
}

#[derive(Debug, Subcommand)]
pub enum Operation {
    Token(Token),
}

impl Serve {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.format.json
    }

    /// Whether it says anything of how to serve.
    pub fn says_how(&self) -> bool {
        let Self { format: _, config, listen, insecure_http, access_log, log, operation: _ } = self;
        let is_given = config.is_some() || listen.is_some() || access_log.is_some();
        is_given || *insecure_http || *log != trace::LogFormat::Text
    }

    /// How it logs, where it serves.
    pub fn log(&self) -> Option<trace::LogFormat> {
        self.operation.is_none().then_some(self.log)
    }
}
