//! The arguments of `ossicle registry`.

use super::arguments::{Bucket, Serving};
use super::{check, gc, purge, remove, serve, tags};
use crate::error::{CommandError, Exit};
use crate::settings;
use crate::terminal::signals::or_interrupted;
use crate::terminal::{Format, schema};
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  ossicle registry                                  on an emulator in memory, to try it
  docker tag alpine localhost:5000/alpine && docker push localhost:5000/alpine

  export OSS_ACCESS_KEY_ID=... OSS_ACCESS_KEY_SECRET=...
  ossicle registry --bucket my-registry --region cn-hangzhou --listen 0.0.0.0:5000
  ossicle registry --bucket my-registry --region cn-hangzhou --endpoint internal --url-endpoint public
  ossicle registry tags --bucket my-registry --region cn-hangzhou
  ossicle registry check --bucket my-registry --region cn-hangzhou
  ossicle registry gc --dry-run --bucket my-registry --region cn-hangzhou
  env REGISTRY_STORAGE_OSS_BUCKET=... ossicle registry              in place of the registry that has this environment
  ossicle registry --registry-config /etc/distribution/config.yml";

/// Serve a container registry that keeps its images in a bucket, or look after it.
///
/// It speaks the OCI distribution protocol (docker, containerd, podman, skopeo) and keeps the layout of the registry
/// `distribution`, whose buckets it serves as they are: nothing is copied. Without any settings it runs on an OSS emulator
/// in memory. It listens on this machine only unless told otherwise, and ends in good order on Ctrl-C or SIGTERM.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!(
        "{EXAMPLES}\n\n{}\n\n{}\n\n{}\n{}\n\n{}",
        settings::HELP, settings::REGISTRY_HELP, schema::HELP, schema::REGISTRY, Exit::HELP
    ),
)]
pub struct RegistryCommand {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    serving: Serving,
    #[command(flatten)]
    bucket: Bucket,
    /// What to do instead of serving.
    #[command(subcommand)]
    operation: Option<Operation>,
}

#[derive(Debug, Subcommand)]
enum Operation {
    Check(check::Check),
    Gc(gc::Gc),
    Purge(purge::Purge),
    Tags(tags::Tags),
    #[command(name = "rm", visible_alias = "delete")]
    Remove(remove::Remove),
}

impl RegistryCommand {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.format.json
    }
}

/// Does it.
pub async fn run(command: RegistryCommand) -> Result<Exit, CommandError> {
    let RegistryCommand { format, serving, bucket, operation } = command;
    let Some(operation) = operation else { return serve::run(&serving, &bucket, format).await };
    if serving != Serving::default() {
        return Err(CommandError::Usage(
            "a flag for serving is of no use beside what is to be done instead".to_owned(),
        ));
    }
    match operation {
        Operation::Check(check) => or_interrupted(check::run(check, &bucket, format)).await,
        Operation::Gc(gc) => or_interrupted(gc::run(gc, &bucket, format)).await,
        Operation::Purge(purge) => or_interrupted(purge::run(purge, &bucket, format)).await,
        Operation::Tags(tags) => or_interrupted(tags::run(tags, &bucket, format)).await,
        Operation::Remove(remove) => or_interrupted(remove::run(remove, &bucket, format)).await,
    }
}
