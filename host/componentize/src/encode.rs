//! From a core module to a component.

use crate::Error;
use std::env;
use wasm_metadata::{AddMetadata, AddMetadataField};
use wit_component::ComponentEncoder;

/// The component in `module`, with the name, version and licence of the package whose build script this is.
pub(crate) fn component(package: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    // The alternate form of the error prints its whole chain; what matters stands at its end.
    let failed = |reason: String| Error::Encode { package: package.to_owned(), reason };
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| failed(format!("{error:#}")))?;

    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(package.to_owned());
    let mut component = metadata.to_wasm(&component).map_err(|error| failed(format!("{error:#}")))?;

    // The names under which OCI tools look for them.
    for (section, variable) in [
        ("version", "CARGO_PKG_VERSION"),
        ("description", "CARGO_PKG_DESCRIPTION"),
        ("licenses", "CARGO_PKG_LICENSE"),
        ("source", "CARGO_PKG_REPOSITORY"),
    ] {
        match env::var(variable) {
            Ok(value) if !value.is_empty() => append_section(&mut component, section, value.as_bytes()),
            _ => {}
        }
    }
    Ok(component)
}

/// Appends a custom section: the byte 0, the size of what follows, the name's size, the name, the content.
fn append_section(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut section = Vec::new();
    leb128(&mut section, name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(content);
    component.push(0);
    leb128(component, section.len());
    component.extend_from_slice(&section);
}

fn leb128(bytes: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_section_is_framed_as_the_format_says() {
        let mut bytes = Vec::new();
        append_section(&mut bytes, "version", &[b'x'; 200]);
        // 1 byte for the name's size, 7 for the name, 200 of content: 208 = 0x50 | 0x80, 0x01.
        assert_eq!(&bytes[..12], b"\x00\xd0\x01\x07versionx");
        assert_eq!(bytes.len(), 3 + 208);
    }
}
