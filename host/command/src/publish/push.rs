//! `ossicle component push`.

use super::arguments::Push;
use super::failures;
use super::item::Publication;
use crate::error::{CommandError, Exit};
use crate::terminal::output;
use ossicle::TrustRoots;
use ossicle_publish::{
    Artifact, AuthFiles, Credential, CredentialError, Destination, Reference, Registry, Sbom, write, write_sbom,
};
use std::sync::Arc;

/// Publishes, and prints where the artifact is now.
pub async fn run(push: Push) -> Result<Exit, CommandError> {
    let Push { what, destination, wasi, no_sbom, plain_http } = push;
    let name = what.name();
    let Publication { artifact, sbom, tag } = what.publication(wasi)?;
    let sbom = sbom.filter(|_| !no_sbom);
    let place = match destination {
        Destination::Layout { folder, tag: chosen } => {
            let tag = chosen.unwrap_or(tag);
            let failed = |error| failures::unwritten(name, &error);
            write(&artifact, &folder, &tag).map_err(failed)?;
            if let Some(sbom) = &sbom {
                write_sbom(sbom, &folder).map_err(failed)?;
            }
            format!("oci:{}:{tag}", folder.display())
        }
        Destination::Registry(reference) => {
            let tag = reference.tag.unwrap_or(tag);
            let reference = Reference { tag: Some(tag.clone()), ..reference };
            to_registry(name, &artifact, sbom.as_ref(), &reference, &tag, plain_http).await?;
            reference.to_string()
        }
    };
    output::print(&format!("{place}@{}\n", artifact.digest()))?;
    Ok(Exit::Success)
}

async fn to_registry(
    name: &str,
    artifact: &Artifact,
    sbom: Option<&Sbom>,
    reference: &Reference,
    tag: &str,
    is_plain: bool,
) -> Result<(), CommandError> {
    let credential = credential(name, reference.registry.clone()).await?;
    let tls = TrustRoots::default().client_config().map_err(CommandError::Engine)?;
    let failed = |error| failures::refused(name, &error);
    let mut registry = Registry::new(reference, is_plain, Arc::unwrap_or_clone(tls), credential).map_err(failed)?;
    registry.push(artifact, tag).await.map_err(failed)?;
    match sbom {
        Some(sbom) => registry.push_sbom(sbom).await.map_err(|error| failures::refused_sbom(name, &error)),
        None => Ok(()),
    }
}

/// What the files of this user have for a registry. It may run a program, which is waited for elsewhere.
async fn credential(name: &str, registry: String) -> Result<Option<Credential>, CommandError> {
    let failed = |error: CredentialError| failures::without_credentials(name, &error);
    let found =
        tokio::task::spawn_blocking(move || AuthFiles::of_environment(|name| std::env::var_os(name)).find(&registry));
    found.await.map_err(|error| CommandError::Runtime(error.into()))?.map_err(failed)
}
