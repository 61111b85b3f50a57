//! XML documents of OSS, read strictly and within bounds.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::foreign_text::shown;

/// OSS nests four deep at most (`DeleteResult/Deleted/Key`, `ListBucketResult/Contents/Owner/ID`).
const MAX_DEPTH: usize = 8;

/// Why a document can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("the document is no text in UTF-8")]
    NotText,
    #[error("the document is not well-formed XML")]
    Malformed,
    #[error("the document ends early")]
    Incomplete,
    #[error("the document begins with <{0}>")]
    WrongRoot(String),
    #[error("the document's element <{0}> is missing or has no valid value")]
    WrongElement(&'static str),
}

/// Reads a document whose outermost element has this name. At the end of every element below it, `visit` gets its path
/// without that name (`Contents/Key`) and its own text. Entities other than XML's five and document types are refused.
pub(crate) fn read(
    bytes: &[u8],
    root: &str,
    mut visit: impl FnMut(&str, &str) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::NotText)?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<usize> = Vec::new();
    let mut path = String::new();
    let mut content = String::new();
    let mut done = false;
    loop {
        match reader.read_event().map_err(|_| DocumentError::Malformed)? {
            Event::Start(start) => {
                let name = start.local_name();
                let name: &str = name.as_ref();
                if open.is_empty() {
                    if done || name != root {
                        // Secrets are taken out where the credentials are known.
                        return Err(DocumentError::WrongRoot(shown(name, str::to_owned)));
                    }
                } else {
                    if open.len() > 1 {
                        path.push('/');
                    }
                    path.push_str(name);
                }
                if open.len() == MAX_DEPTH {
                    return Err(DocumentError::Malformed);
                }
                open.push(path.len());
                content.clear();
            }
            Event::End(_) => {
                open.pop();
                if let Some(parent) = open.last() {
                    visit(&path, &content)?;
                    path.truncate(*parent);
                } else {
                    done = true;
                }
                content.clear();
            }
            Event::Text(part) => content.push_str(&part.xml10_content()),
            Event::CData(part) => content.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| DocumentError::Malformed)?;
                match character {
                    Some(character) => content.push(character),
                    None => {
                        let name = reference.into_inner();
                        content.push_str(resolve_predefined_entity(&name).ok_or(DocumentError::Malformed)?);
                    }
                }
            }
            Event::DocType(_) => return Err(DocumentError::Malformed),
            Event::Eof if done => return Ok(()),
            Event::Eof => return Err(DocumentError::Incomplete),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The text of an element that must be there and not be empty.
pub(crate) fn element(bytes: &[u8], root: &str, name: &'static str) -> Result<String, DocumentError> {
    let mut found = String::new();
    read(bytes, root, |path, text| {
        if path == name {
            found = text.to_owned();
        }
        Ok(())
    })?;
    if found.is_empty() { Err(DocumentError::WrongElement(name)) } else { Ok(found) }
}

/// Text as it stands in an element.
pub(crate) fn escape(text: &str) -> std::borrow::Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visited(text: &str) -> Result<Vec<(String, String)>, DocumentError> {
        let mut seen = Vec::new();
        read(text.as_bytes(), "Root", |path, text| {
            seen.push((path.to_owned(), text.to_owned()));
            Ok(())
        })?;
        Ok(seen)
    }

    #[test]
    fn paths_and_texts() {
        let text = "<?xml version=\"1.0\"?>\n<Root xmlns='x'>\n <A>1<!-- c --></A>\n <B><C>a&amp;&#x6d4b;<![CDATA[<>]]></C><D/></B></Root>\n";
        let own = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert_eq!(visited(text).unwrap(), [own("A", "1"), own("B/C", "a&测<>"), own("B/D", ""), own("B", "")]);
    }

    #[test]
    fn refuses_what_oss_would_not_send() {
        for (text, error) in [
            ("", DocumentError::Incomplete),
            ("<Root><A>1</A>", DocumentError::Incomplete),
            ("<Root><A>1</B></Root>", DocumentError::Malformed),
            ("<html></html>", DocumentError::WrongRoot("html".into())),
            ("<Root></Root><Root></Root>", DocumentError::WrongRoot("Root".into())),
            ("<Root><A>&bomb;</A></Root>", DocumentError::Malformed),
            ("<!DOCTYPE Root [<!ENTITY a 'b'>]><Root/>", DocumentError::Malformed),
        ] {
            assert_eq!(visited(text), Err(error), "{text}");
        }
        assert_eq!(read(b"<Root>\xff</Root>", "Root", |_, _| Ok(())), Err(DocumentError::NotText));
        let deep = ["<Root>", &"<a>".repeat(100_000)].concat();
        assert_eq!(visited(&deep), Err(DocumentError::Malformed));
    }
}
