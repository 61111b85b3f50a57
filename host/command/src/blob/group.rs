//! The arguments of `ossicle blob`.

use super::{cat, get, list, put, relocating, remove, stat, uploads, url, walk};
use crate::error::CommandError;
use crate::error::Exit;
use crate::session::blobs::Session;
use crate::settings::{self, BlobFlags, Flags, Registry};
use crate::terminal::signals::or_interrupted;
use crate::terminal::{Format, schema};
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  export OSS_ACCESS_KEY_ID=... OSS_ACCESS_KEY_SECRET=...
  export OSS_BUCKET=my-registry OSS_REGION=cn-hangzhou
  ossicle blob put /images/base.tar base.tar        Ctrl-C; then, where it was:
  ossicle blob put /images/base.tar base.tar --resume
  docker save alpine | ossicle blob put /images/alpine.tar
  ossicle blob cat /images/alpine.tar | docker load
  ossicle blob walk /docker/registry/v2
  ossicle blob cp -n /images/base.tar /images/base-1.tar
  ossicle blob uploads / --older-than 7d --remove   what was never finished, and is billed
  env REGISTRY_STORAGE_OSS_BUCKET=... ossicle blob --registry ls /
  ossicle blob --registry-config /etc/distribution/config.yml ls /";

/// Keep the blobs of a container registry, or any other files, in a bucket.
///
/// Paths are one or more times `/` and a component of letters, digits, `.`, `_` and `-`. Files may be larger than memory. A
/// file is whole or as it was before, and nothing can be read of an upload before its end.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!(
        "{EXAMPLES}\n\n{}\n\n{}\n\n{}\n{}\n\n{}",
        settings::HELP, settings::REGISTRY_HELP, schema::HELP, schema::BLOB, Exit::HELP
    ),
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Blob {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    storing: BlobFlags,
    #[command(flatten)]
    registry: Registry,
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    Get(get::Get),
    Put(put::Put),
    Cat(cat::Cat),
    Stat(stat::Stat),
    #[command(name = "ls", visible_alias = "list")]
    List(list::List),
    Walk(walk::Walk),
    /// Copy a file, over any that is there
    ///
    /// OSS copies it, with its type, class, encryption and tags, and the copy is checked. Directories can't be copied.
    #[command(name = "cp", visible_alias = "copy")]
    Copy(relocating::Paths),
    /// Move a file, over any that is there
    ///
    /// OSS copies it, the copy is checked, and only then the file is removed where it was. Directories can't be moved.
    #[command(name = "mv", visible_alias = "move")]
    Move(relocating::Paths),
    #[command(name = "rm", visible_alias = "delete")]
    Remove(remove::Remove),
    Url(url::Url),
    Uploads(uploads::Uploads),
}

impl Blob {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.format.json
    }
}

/// Does it.
pub async fn run(blob: Blob) -> Result<Exit, CommandError> {
    let session = Session::gather(&blob.flags, &blob.storing, &blob.registry)?;
    let format = blob.format;
    match blob.operation {
        // What it has stored when a signal comes stays to be gone on with.
        Operation::Put(put) => put::run(put, session, format).await,
        Operation::Get(get) => or_interrupted(get::run(get, session, format)).await,
        Operation::Cat(cat) => or_interrupted(cat::run(cat, session, format)).await,
        Operation::Stat(stat) => or_interrupted(stat::run(stat, session, format)).await,
        Operation::List(list) => or_interrupted(list::run(list, session, format)).await,
        Operation::Walk(walk) => or_interrupted(walk::run(walk, session, format)).await,
        Operation::Copy(paths) => or_interrupted(relocating::copy(paths, session, format)).await,
        Operation::Move(paths) => or_interrupted(relocating::rename(paths, session, format)).await,
        Operation::Remove(remove) => or_interrupted(remove::run(remove, session, format)).await,
        Operation::Url(url) => or_interrupted(url::run(url, session, format)).await,
        Operation::Uploads(uploads) => or_interrupted(uploads::run(uploads, session, format)).await,
    }
}
