//! The arguments of `ossicle registry`.

use super::arguments::Serving;
use super::serve;
use crate::settings::{self, BlobFlags, Flags, Registry};
use crate::terminal::Format;
use crate::trouble::{Exit, Trouble};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  ossicle registry                                  on an emulator in memory, to try it
  docker tag alpine localhost:5000/alpine && docker push localhost:5000/alpine

  export OSS_ACCESS_KEY_ID=... OSS_ACCESS_KEY_SECRET=...
  ossicle registry --bucket my-registry --region cn-hangzhou --listen 0.0.0.0:5000
  env REGISTRY_STORAGE_OSS_BUCKET=... ossicle registry              in place of the registry that has this environment
  ossicle registry --registry-config /etc/distribution/config.yml";

/// Serve a container registry that keeps its images in a bucket.
///
/// It speaks the OCI distribution protocol (docker, containerd, podman, skopeo) and keeps the layout of the registry
/// `distribution`, whose buckets it serves as they are: nothing is copied. Without any settings it runs on an OSS emulator
/// in memory. It listens on this machine only unless told otherwise, and ends in good order on Ctrl-C or SIGTERM.
#[derive(Debug, Args)]
// The settings of the registry that is replaced have the other name.
#[group(id = "registry-command")]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!(
        "{EXAMPLES}\n\n{}\n\n{}\n\n{}", settings::HELP, settings::REGISTRY_HELP, Exit::HELP
    ),
)]
pub struct RegistryCommand {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    serving: Serving,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    storing: BlobFlags,
    #[command(flatten)]
    replaced: Registry,
}

impl RegistryCommand {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.format.json
    }
}

/// Does it.
pub async fn run(command: RegistryCommand) -> Result<Exit, Trouble> {
    let RegistryCommand { format, serving, flags, storing, replaced } = command;
    serve::run(&serving, &flags, &storing, &replaced, format).await
}
