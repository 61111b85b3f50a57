//! `ossicle component`, and the components as bytes: how large they are, what they ask for, which ones they are.

use crate::error::CommandError;
use crate::error::Exit;
use crate::terminal::{output, text};
use clap::ValueEnum;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use wasmparser::{Parser, Payload};

/// The components that come with this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Component {
    /// Keeps an ACME client's certificates: exports cert-storage.
    Certificates,
    /// Keeps a registry's blobs: exports blob-driver.
    Blobs,
    /// The command line itself, for `wasmtime run`: cert, lock and blob by standard input and output.
    Command,
    /// A registry, for `wasmtime serve` and wasmCloud.
    Registry,
    /// Certificates, locks and blobs over HTTP, for `wasmtime serve` and wasmCloud.
    Service,
}

/// What a component's host is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wasi {
    /// WASI 0.2.
    #[value(name = "0.2")]
    P2,
    /// WASI 0.3.
    #[value(name = "0.3")]
    P3,
}

/// A component for hosts of one WASI.
#[derive(Debug)]
pub struct Flavour {
    /// By which its files are named.
    pub name: &'static str,
    pub bytes: &'static [u8],
    /// What is in it: the JSON of CycloneDX.
    pub sbom: &'static str,
}

impl Component {
    /// Those that this program runs.
    pub const STORAGES: [Self; 2] = [Self::Certificates, Self::Blobs];

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Certificates, Self::Blobs, Self::Command, Self::Registry, Self::Service];

    /// As the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificates => "certificates",
            Self::Blobs => "blobs",
            Self::Command => "command",
            Self::Registry => "registry",
            Self::Service => "service",
        }
    }

    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Certificates => ossicle_component::CERTIFICATES,
            Self::Blobs => ossicle_component::BLOBS,
            Self::Command => ossicle_component::COMMAND,
            Self::Registry => ossicle_component::REGISTRY,
            Self::Service => ossicle_component::SERVICE,
        }
    }

    fn sbom(self) -> &'static str {
        match self {
            Self::Certificates => ossicle_component::CERTIFICATES_SBOM,
            Self::Blobs => ossicle_component::BLOBS_SBOM,
            Self::Command => ossicle_component::COMMAND_SBOM,
            Self::Registry => ossicle_component::REGISTRY_SBOM,
            Self::Service => ossicle_component::SERVICE_SBOM,
        }
    }

    /// Its SHA-256, in hexadecimal.
    pub fn digest(self) -> String {
        text::hex(&Sha256::digest(self.bytes()))
    }

    /// The one for hosts of this WASI.
    pub fn for_hosts_of(self, wasi: Wasi) -> Result<Flavour, CommandError> {
        let flavour = |name, bytes, sbom| Ok(Flavour { name, bytes, sbom });
        match (self, wasi) {
            (_, Wasi::P3) => flavour(self.name(), self.bytes(), self.sbom()),
            (Self::Certificates, Wasi::P2) => {
                flavour("certificates-p2", ossicle_component::CERTIFICATES_P2, ossicle_component::CERTIFICATES_P2_SBOM)
            }
            (Self::Blobs, Wasi::P2) => {
                flavour("blobs-p2", ossicle_component::BLOBS_P2, ossicle_component::BLOBS_P2_SBOM)
            }
            (Self::Command | Self::Registry | Self::Service, Wasi::P2) => {
                Err(CommandError::Usage(format!("there is no component {} for hosts of WASI 0.2", self.name())))
            }
        }
    }

    /// Writes the one for hosts of this WASI to standard output.
    pub fn print(self, wasi: Wasi) -> Result<Exit, CommandError> {
        let Flavour { bytes, .. } = self.for_hosts_of(wasi)?;
        if output::is_watched() {
            let flag = if wasi == Wasi::P2 { " --wasi 0.2" } else { "" };
            return Err(CommandError::Watched { component: self.name(), flag });
        }
        output::bytes(bytes)?;
        Ok(Exit::Success)
    }

    /// The packages it imports, such as `wasi:http`: read from the component itself, not from what was meant.
    pub fn imports(self) -> Result<BTreeSet<String>, wasmparser::BinaryReaderError> {
        let mut found = BTreeSet::new();
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(self.bytes()) {
            match payload? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                // What the parts inside import, they import from one another.
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        let name = import?.name.name;
                        found.insert(name.split('/').next().unwrap_or(name).to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_ask_for_http_clocks_and_random_bytes_and_a_face_for_what_it_shows_itself_by() {
        let alone = ["wasi:clocks", "wasi:http", "wasi:random"].as_slice();
        let with_streams = ["wasi:cli", "wasi:clocks", "wasi:http", "wasi:random"].as_slice();
        for component in Component::ALL {
            let imports = component.imports().expect("a component");
            let expected = if Component::STORAGES.contains(&component) { alone } else { with_streams };
            assert_eq!(imports.into_iter().collect::<Vec<_>>(), expected, "{}", component.name());
        }
    }
}
