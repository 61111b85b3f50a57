//! `ossicle component`, and the component as bytes: how large it is, what it asks for, which one it is.

use crate::exit::Exit;
use crate::trouble::Trouble;
use crate::{output, text};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use wasmparser::{Parser, Payload};

/// The component that comes with this program.
pub fn bytes() -> &'static [u8] {
    ossicle_component::COMPONENT
}

/// Writes it to standard output.
pub fn print() -> Result<Exit, Trouble> {
    if output::is_watched() {
        return Err(Trouble::Watched);
    }
    output::bytes(bytes())?;
    Ok(Exit::Success)
}

/// Its SHA-256, in hexadecimal.
pub fn digest() -> String {
    text::hex(&Sha256::digest(bytes()))
}

/// The packages it imports, such as `wasi:http`: read from the component itself, not from what was meant.
pub fn imports() -> Result<BTreeSet<String>, wasmparser::BinaryReaderError> {
    let mut found = BTreeSet::new();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes()) {
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

#[cfg(test)]
mod tests {
    #[test]
    fn it_asks_for_http_clocks_and_random_bytes() {
        let imports = super::imports().expect("a component");
        assert_eq!(imports.into_iter().collect::<Vec<_>>(), ["wasi:clocks", "wasi:http", "wasi:random"]);
    }
}
