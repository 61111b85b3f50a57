//! The arguments of `ossicle cert`.

use super::{exists, list, load, reencrypt, remove, stat, store};
use crate::error::CommandError;
use crate::error::Exit;
use crate::session::certificates::Session;
use crate::settings::{self, CertificateFlags, Flags};
use crate::terminal::{Format, schema};
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  export OSS_ACCESS_KEY_ID=... OSS_ACCESS_KEY_SECRET=...
  export OSS_BUCKET=my-certificates OSS_REGION=cn-hangzhou
  ossicle cert store certificates/example.com.crt example.com.crt
  openssl genrsa 4096 | ossicle cert store certificates/example.com.key
  ossicle cert load certificates/example.com.crt | openssl x509 -noout -enddate
  ossicle cert ls -rl
  ossicle cert exists certificates/example.com.crt || echo not there, or not known";

/// Keep certificates in a bucket, under the keys of certmagic's storage contract.
///
/// Keys are components joined by `/`. A key that has a value is a file; a directory is there as long as a longer key is.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}\n\n{}\n{}\n\n{}", settings::HELP, schema::HELP, schema::CERT, Exit::HELP),
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cert {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    storing: CertificateFlags,
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    Store(store::Store),
    Load(load::Load),
    #[command(name = "rm", visible_alias = "delete")]
    Remove(remove::Remove),
    #[command(name = "ls", visible_alias = "list")]
    List(list::List),
    Stat(stat::Stat),
    Exists(exists::Exists),
    Reencrypt(reencrypt::Reencrypt),
}

impl Cert {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.format.json
    }
}

/// Does it.
pub async fn run(cert: Cert) -> Result<Exit, CommandError> {
    let session = Session::gather(&cert.flags, &cert.storing)?;
    match cert.operation {
        Operation::Store(store) => store::run(store, session, cert.format).await,
        Operation::Load(load) => load::run(load, session, cert.format).await,
        Operation::Remove(remove) => remove::run(remove, session, cert.format).await,
        Operation::List(list) => list::run(list, session, cert.format).await,
        Operation::Stat(stat) => stat::run(stat, session, cert.format).await,
        Operation::Exists(exists) => exists::run(exists, session, cert.format).await,
        Operation::Reencrypt(reencrypt) => reencrypt::run(reencrypt, session, cert.format).await,
    }
}
