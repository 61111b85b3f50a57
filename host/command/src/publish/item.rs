//! What can be published.

use super::failures::unpublishable;
use crate::component::Component;
use crate::trouble::Trouble;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use ossicle_publish::{Artifact, Sbom};
use std::sync::LazyLock;

/// Where the documentation of what is published is.
const DOCUMENTATION: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

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

    pub fn artifact(self) -> Result<Artifact, Trouble> {
        let (bytes, file, documentation) = match self {
            Self::Component(component) if Component::STORAGES.contains(&component) => {
                (component.bytes(), format!("ossicle-{}.wasm", component.name()), "wit/world.wit")
            }
            Self::Component(component) => {
                (component.bytes(), format!("ossicle-{}.wasm", component.name()), "guest/faces/README.md")
            }
            // As `wkg publish` names a WIT package.
            Self::Wit => (ossicle_component::WIT, "storage.wasm".to_owned(), "wit/world.wit"),
        };
        let artifact = Artifact::new(bytes, &file, &format!("{DOCUMENTATION}{documentation}"));
        artifact.map_err(|error| unpublishable(self.name(), &error))
    }

    /// The SBOM of this artifact of it; of the WIT package, which is made of nothing else, there is none.
    pub fn sbom(self, artifact: &Artifact) -> Result<Option<Sbom>, Trouble> {
        let Self::Component(component) = self else { return Ok(None) };
        let file = format!("ossicle-{}.cdx.json", component.name());
        let sbom = Sbom::cyclonedx(artifact, component.sbom(), &file);
        sbom.map(Some).map_err(|error| unpublishable(self.name(), &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_published_at_the_version_of_this_program() {
        for item in Item::value_variants() {
            let artifact = item.artifact().expect("an artifact");
            assert_eq!(artifact.version, env!("CARGO_PKG_VERSION"), "{}", item.name());
        }
    }
}
