//! The command line.

use crate::blob::Blob;
use crate::cert::Cert;
use crate::completions::Wanted;
use crate::demo::Demo;
use crate::error::Exit;
use crate::keyset::Keyset;
use crate::lock::Lock;
use crate::publish::Components;
use crate::registry::RegistryCommand;
use crate::serve::Serve;
use crate::settings;
use crate::terminal::trace::LogFormat;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Parser, Subcommand};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default());

const EXAMPLES: &str = "\
Examples:
  ossicle demo                                  everything at work on this machine, with no account
  ossicle cert store sites/a.crt a.crt          keep a file
  ossicle cert load sites/a.crt -o a.crt        get it back
  ossicle cert ls -l sites                      see what is there
  ossicle lock run nightly -- ./nightly.sh      on one machine at a time
  ossicle blob put /images/a.tar a.tar          keep a file of any size
  ossicle blob get /images/a.tar a.tar          get it back
  ossicle registry                              a container registry to try
  ossicle serve                                 certificates, locks and blobs over HTTP, to try

`ossicle cert --help` tells how to name the bucket and the access key.";

/// Certificates and registry blobs in Alibaba Cloud OSS, kept by sandboxed WebAssembly components.
///
/// They speak OSS: they sign, send, retry and check. They can send requests to the bucket's endpoint, read a clock and draw
/// random bytes, and nothing else; this program runs them.
#[derive(Debug, Parser)]
#[command(
    name = "ossicle",
    styles = STYLES,
    arg_required_else_help = true,
    disable_version_flag = true,
    subcommand_required = false,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}", settings::HELP, Exit::HELP),
    max_term_width = 110
)]
pub struct Arguments {
    /// Tell on standard error what happens inside: -v calls and requests, -vv everything of Ossicle's.
    ///
    /// RUST_LOG, where it is set, chooses instead. No secret, signature or value is ever in it.
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 900)]
    pub verbose: u8,

    /// Print the version, and which components are in this program.
    #[arg(short = 'V', long)]
    pub version: bool,

    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(Demo),
    Cert(Cert),
    Lock(Lock),
    Keyset(Keyset),
    Blob(Box<Blob>),
    Registry(Box<RegistryCommand>),
    Serve(Box<Serve>),
    /// Run an OSS emulator, which verifies signatures and can break things on demand.
    ///
    /// It listens on this machine only unless told otherwise, keeps everything in memory or in a folder, and runs until
    /// Ctrl-C.
    Emulator(ossicle_emulator::Options),
    Component(Components),
    Completions(Wanted),
}

impl Command {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        match self {
            Self::Demo(demo) => demo.as_json(),
            Self::Cert(cert) => cert.as_json(),
            Self::Lock(lock) => lock.as_json(),
            Self::Keyset(keyset) => keyset.as_json(),
            Self::Blob(blob) => blob.as_json(),
            Self::Registry(registry) => registry.as_json(),
            Self::Serve(serve) => serve.as_json(),
            Self::Emulator(_) | Self::Component(_) | Self::Completions(_) => false,
        }
    }

    /// How it logs, if it is a service that always does.
    pub fn service_log(&self) -> Option<LogFormat> {
        match self {
            Self::Serve(serve) => serve.log(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
