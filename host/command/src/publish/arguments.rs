//! The arguments of `ossicle component`.

use super::item::Item;
use crate::component::{Component, Wasi};
use clap::{Args, Subcommand};
use ossicle_publish::Destination;

/// Write a component itself to standard output: WebAssembly, for any host of WASI 0.3, or of 0.2. Or push it to a registry.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  ossicle component certificates > ossicle-certificates.wasm
  ossicle component push certificates registry.example.com/ossicle/certificates"
)]
pub struct Components {
    #[command(subcommand)]
    pub verb: Option<Verb>,

    /// Which one.
    #[arg(value_name = "COMPONENT", required = true)]
    pub component: Option<Component>,

    /// Which WASI its host has; for 0.2 there are certificates and blobs
    #[arg(long, value_name = "0.2|0.3", default_value = "0.3")]
    pub wasi: Wasi,
}

/// What to do with a component.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Push(Push),
}

const CREDENTIALS: &str = "\
Credentials are those that docker, podman or skopeo have after a login: of the file that REGISTRY_AUTH_FILE names, or else of
$XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json and ~/.docker/config.json ($DOCKER_CONFIG), with the
programs (docker-credential-…) that these name. SSL_CERT_FILE names authorities to trust besides Mozilla's.";

/// Push a component, or the WIT package, to a registry: as an OCI artifact, which wkg, wasmCloud and skopeo can pull.
///
/// Prints where it is now, by its digest. The same component has the same digest whenever it is pushed; what the registry
/// has already is not sent again. Its SBOM, in the JSON of CycloneDX, is pushed beside it as an artifact that refers to it:
/// the registry lists it with the referrers of that digest, or has the list under the tag sha256-… if it knows of none.
#[derive(Debug, Args)]
#[command(
    after_help = "\
Examples:
  ossicle component push certificates registry.example.com/ossicle/certificates
  ossicle component push wit registry.example.com/ossicle/storage
  ossicle component push certificates registry.example.com/ossicle/certificates --wasi 0.2
  ossicle component push blobs localhost:5000/ossicle/blobs:latest --plain-http
  ossicle component push command oci:artifacts:command",
    after_long_help = format!("{CREDENTIALS}\n\n\
Examples:
  ossicle component push certificates registry.example.com/ossicle/certificates
  ossicle component push wit registry.example.com/ossicle/storage
  ossicle component push certificates registry.example.com/ossicle/certificates --wasi 0.2
  ossicle component push blobs localhost:5000/ossicle/blobs:latest --plain-http
  ossicle component push command oci:artifacts:command")
)]
pub struct Push {
    /// Which one.
    #[arg(value_name = "WHAT")]
    pub what: Item,

    /// Where to: HOST[:PORT]/REPOSITORY[:TAG], or a folder with an OCI layout, oci:FOLDER[:TAG]. Without a tag it is the
    /// version of the contract
    #[arg(value_name = "DESTINATION", value_parser = Destination::parse)]
    pub destination: Destination,

    /// Which WASI its host has; for 0.2 there are certificates, blobs and wit
    #[arg(long, value_name = "0.2|0.3", default_value = "0.3")]
    pub wasi: Wasi,

    /// Push the component without its SBOM
    #[arg(long)]
    pub no_sbom: bool,

    /// Speak plain HTTP to the registry: a user and a password are then sent in clear
    #[arg(long)]
    pub plain_http: bool,
}
