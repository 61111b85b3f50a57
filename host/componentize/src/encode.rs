//! From a core module to a component.

use crate::{Error, variable};
use std::env;
use wasm_metadata::{AddMetadata, AddMetadataField};
use wasmparser::{BinaryReaderError, Parser, Payload};
use wit_component::ComponentEncoder;

/// The component in `module` under this name.
pub(crate) fn component(name: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    // The alternate form of the error prints its whole chain; what matters stands at its end.
    let failed = |reason: String| Error::Encode { component: name.to_owned(), reason };
    let component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| failed(format!("{error:#}")))?;

    described(name, &variable("CARGO_PKG_VERSION")?, &component)
}

/// A component under this name and version, without the names of what is in it, and with the licence of the package whose build
/// script this is.
pub(crate) fn described(name: &str, version: &str, component: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |reason: String| Error::Encode { component: name.to_owned(), reason };
    let component = without_names(component).map_err(|error| failed(error.to_string()))?;
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(name.to_owned());
    let mut component = metadata.to_wasm(&component).map_err(|error| failed(format!("{error:#}")))?;

    // The names under which OCI tools look for them.
    append_section(&mut component, "version", version.as_bytes());
    for (section, variable) in [
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

/// A component without the names of what the encoder put into it: 16 KiB that only a reader of its disassembly would miss.
fn without_names(component: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut out = Vec::with_capacity(component.len());
    let mut depth = 0_u32;
    let mut kept = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == "component-name" => {
                // Offsets into what is in memory.
                let (start, end) = (section.range().start as usize, section.range().end as usize);
                let mut head = vec![0];
                leb128(&mut head, end - start);
                // The encoder writes sizes as short as they can be; of another one it is left in.
                if let Some(before) = component[kept..start].strip_suffix(&head[..]) {
                    out.extend_from_slice(before);
                    kept = end;
                }
            }
            _ => {}
        }
    }
    out.extend_from_slice(&component[kept..]);
    Ok(out)
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
    fn names_are_left_out_and_nothing_else_is() {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        append_section(&mut component, "version", b"1");
        let mut named = component.clone();
        // The longer one has a size of two bytes.
        append_section(&mut named, "component-name", &[0; 200]);
        append_section(&mut named, "component-name", b"");
        append_section(&mut named, "licenses", b"none");
        append_section(&mut component, "licenses", b"none");
        assert!(without_names(&named).unwrap() == component);
    }

    #[test]
    fn a_custom_section_is_framed_as_the_format_says() {
        let mut bytes = Vec::new();
        append_section(&mut bytes, "version", &[b'x'; 200]);
        // 1 byte for the name's size, 7 for the name, 200 of content: 208 = 0x50 | 0x80, 0x01.
        assert_eq!(&bytes[..12], b"\x00\xd0\x01\x07versionx");
        assert_eq!(bytes.len(), 3 + 208);
    }
}
