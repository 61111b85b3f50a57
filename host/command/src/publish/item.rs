//! What can be published.

use super::failures::unpublishable;
use crate::component::{Component, Wasi};
use crate::error::CommandError;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use ossicle_publish::{Artifact, Sbom};
use std::sync::LazyLock;

/// Where the documentation of what is published is.
const DOCUMENTATION: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// What is published of an item.
#[derive(Debug)]
pub struct Publication {
    pub artifact: Artifact,
    /// Of a component; the WIT package is made of nothing else.
    pub sbom: Option<Sbom>,
    /// The tag unless another is given: the version of the WIT package, so that one repository has a component for hosts of
    /// either WASI.
    pub tag: String,
}

/// A component, or the WIT package that describes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Component(Component),
    Wit,
}

static ITEMS: LazyLock<Vec<Item>> =
    LazyLock::new(|| Component::ALL.into_iter().map(Item::Component).chain([Item::Wit]).collect());

impl ValueEnum for Item {
    fn value_variants<'a>() -> &'a [Self] {
        &ITEMS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Component(component) => component.to_possible_value(),
            Self::Wit => Some(PossibleValue::new("wit").help("The contract: the WIT package ossicle:storage")),
        }
    }
}

impl Item {
    pub fn name(self) -> &'static str {
        match self {
            Self::Component(component) => component.name(),
            Self::Wit => "wit",
        }
    }

    /// What is published of it for hosts of this WASI.
    pub fn publication(self, wasi: Wasi) -> Result<Publication, CommandError> {
        let contract = self.contract(wasi)?;
        let tag = contract.version.clone();
        let Self::Component(component) = self else { return Ok(Publication { artifact: contract, sbom: None, tag }) };
        let flavour = component.for_hosts_of(wasi)?;
        let documentation = match wasi {
            Wasi::P2 => "wit/p2/world.wit",
            Wasi::P3 if Component::STORAGES.contains(&component) => "wit/world.wit",
            Wasi::P3 => "guest/faces/README.md",
        };
        let file = |ending| format!("ossicle-{}.{ending}", flavour.name);
        let artifact = self.artifact(flavour.bytes, &file("wasm"), documentation)?;
        let sbom = Sbom::cyclonedx(&artifact, flavour.sbom, &file("cdx.json"));
        let sbom = sbom.map_err(|error| unpublishable(self.name(), &error))?;
        Ok(Publication { artifact, sbom: Some(sbom), tag })
    }

    /// The WIT package that components for hosts of this WASI are of, in a file as `wkg publish` names it.
    fn contract(self, wasi: Wasi) -> Result<Artifact, CommandError> {
        let (bytes, documentation) = match wasi {
            Wasi::P2 => (ossicle_component::WIT_P2, "wit/p2/world.wit"),
            Wasi::P3 => (ossicle_component::WIT, "wit/world.wit"),
        };
        self.artifact(bytes, "storage.wasm", documentation)
    }

    fn artifact(self, bytes: &'static [u8], file: &str, documentation: &str) -> Result<Artifact, CommandError> {
        let artifact = Artifact::new(bytes, file, &format!("{DOCUMENTATION}{documentation}"));
        artifact.map_err(|error| unpublishable(self.name(), &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_published_at_the_version_of_its_contract() {
        for item in Item::value_variants() {
            let Publication { artifact, sbom, tag } = item.publication(Wasi::P3).expect("a publication");
            assert_eq!([artifact.version, tag], [env!("CARGO_PKG_VERSION"); 2], "{}", item.name());
            assert_eq!(sbom.is_none(), *item == Item::Wit, "{}", item.name());
        }
        let of_storages = Component::STORAGES.map(Item::Component);
        for item in Item::value_variants() {
            let published = item.publication(Wasi::P2);
            if *item != Item::Wit && !of_storages.contains(item) {
                assert!(matches!(published, Err(CommandError::Usage(_))), "{}", item.name());
                continue;
            }
            let Publication { artifact, sbom, tag } = published.expect("a publication");
            // A component's own version is that of what it was built from.
            let version = if *item == Item::Wit { "0.2.0" } else { env!("CARGO_PKG_VERSION") };
            assert_eq!((artifact.version.as_str(), tag.as_str()), (version, "0.2.0"), "{}", item.name());
            assert_eq!(sbom.is_none(), *item == Item::Wit, "{}", item.name());
        }
    }
}
