//! What a component says of itself: its custom sections, imports and exports.

use crate::documents::Interfaces;
use wasmparser::{ComponentExternalKind, ComponentName, CustomSectionReader, Encoding, KnownCustom, Parser, Payload};

/// Why a component can't be published.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// It is not WebAssembly, or not as it should be.
    #[error("the component can't be read: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// It is a module.
    #[error("it is a core module and not a component")]
    Module,
    /// The artifact's documents can't be written.
    #[error("the artifact can't be written: {0}")]
    Document(#[from] serde_json::Error),
    /// It says nothing of something that an artifact must have.
    #[error("the component has no {0}")]
    Lacks(&'static str),
}

/// A component's own description. The custom sections have the names that `wasm-metadata` gives them.
#[derive(Debug, Default)]
pub struct Described {
    pub name: String,
    pub version: String,
    pub description: Option<String>,
    pub licenses: Option<String>,
    pub source: Option<String>,
    pub interfaces: Interfaces,
}

impl Described {
    pub fn read(component: &[u8]) -> Result<Self, ComponentError> {
        let mut found = Self::default();
        let mut depth = 0_u32;
        // A WIT package, encoded, exports the types of its interfaces and worlds, and nothing that runs.
        let mut is_wit = true;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                    return Err(ComponentError::Module);
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                // What the parts inside import, they import from one another.
                _ if depth > 0 => {}
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        found.interfaces.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        let export = export?;
                        is_wit &= export.kind == ComponentExternalKind::Type;
                        found.interfaces.exports.push(export.name.name.to_owned());
                    }
                }
                Payload::CustomSection(section) => found.take(&section),
                _ => {}
            }
        }
        if found.name.is_empty() {
            return Err(ComponentError::Lacks("name"));
        }
        if found.version.is_empty() {
            return Err(ComponentError::Lacks("version"));
        }
        if is_wit {
            for export in &mut found.interfaces.exports {
                *export = format!("{}/{export}@{}", found.name, found.version);
            }
        }
        Ok(found)
    }

    fn take(&mut self, section: &CustomSectionReader<'_>) {
        if let KnownCustom::ComponentName(names) = section.as_known() {
            for name in names.into_iter().flatten() {
                if let ComponentName::Component { name, .. } = name {
                    self.name = name.to_owned();
                }
            }
            return;
        }
        let text = || String::from_utf8_lossy(section.data()).into_owned();
        match section.name() {
            "version" => self.version = text(),
            "description" => self.description = Some(text()),
            "licenses" => self.licenses = Some(text()),
            "source" => self.source = Some(text()),
            _ => {}
        }
    }
}
