//! XML documents of OSS, read strictly and within bounds.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::foreign_text::shown;

/// OSS nests four deep at most (`DeleteResult/Deleted/Key`, `ListBucketResult/Contents/Owner/ID`).
const MAX_DEPTH: usize = 8;

/// An element of OSS's has some twenty texts at most (a part of a listing, or an error with its details).
const MAX_TEXTS: usize = 64;

/// What XML 1.0 calls white space.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

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

/// An element that is open.
struct Open {
    /// Whether an element stands in it.
    has_elements: bool,
    /// Where the names of the elements in it begin among those that hold text.
    texts: usize,
}

/// An element's own text. Nearly always it is one piece of the document and is lent from there; only what has several pieces
/// (an entity between two) is copied, into a buffer that is used again.
#[derive(Default)]
struct Content<'a> {
    first: Cow<'a, str>,
    joined: String,
}

/// Reads a document whose outermost element has this name. At the end of every element below it, `visit` gets its path
/// without that name (`["Contents", "Key"]`) and its own text.
///
/// Refused are characters that XML has none of, entities other than XML's five, document types, anything but white space
/// and comments outside of the outermost element, and within one element two of a name that hold text: of two sizes, say,
/// neither is the right one.
pub(crate) fn read(
    bytes: &[u8],
    root: &str,
    visit: impl FnMut(&[&str], &str) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::NotText)?;
    if !has_only_characters(text) {
        return Err(DocumentError::Malformed);
    }
    read_text(text, root, false, visit)
}

/// Reads an error's document likewise, but leaves out characters that XML has none of: it repeats what the request said, and
/// its code must not be lost for that.
pub(crate) fn read_error(
    bytes: &[u8],
    visit: impl FnMut(&[&str], &str) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::NotText)?;
    let text: String = text.chars().filter(|c| is_character(*c)).collect();
    read_text(&text, "Error", true, visit)
}

fn read_text(
    text: &str,
    root: &str,
    is_lenient: bool,
    mut visit: impl FnMut(&[&str], &str) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::with_capacity(MAX_DEPTH);
    // The names of the elements that hold text and no elements, of all elements that are open. Most of what a listing has is
    // such elements, so none of their names is copied.
    let mut texts: Vec<&str> = Vec::new();
    // The names of the open elements below the outermost one.
    let mut path: Vec<&str> = Vec::with_capacity(MAX_DEPTH);
    let mut content = Content::default();
    let mut done = false;
    loop {
        match reader.read_event().map_err(|_| DocumentError::Malformed)? {
            Event::Start(start) => {
                let name = lasting(text, start.local_name().as_ref()).ok_or(DocumentError::Malformed)?;
                match open.last_mut() {
                    Some(parent) => {
                        parent.has_elements = true;
                        path.push(name);
                    }
                    // Secrets are taken out where the credentials are known.
                    None if done || name != root => return Err(DocumentError::WrongRoot(shown(name, str::to_owned))),
                    None => {}
                }
                if open.len() == MAX_DEPTH {
                    return Err(DocumentError::Malformed);
                }
                open.push(Open { has_elements: false, texts: texts.len() });
                content.clear();
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { return Err(DocumentError::Malformed) };
                texts.truncate(element.texts);
                match open.last() {
                    Some(parent) => {
                        if !element.has_elements {
                            let name = path.last().copied().unwrap_or_default();
                            let others = texts.get(parent.texts..).unwrap_or_default();
                            if others.len() == MAX_TEXTS || others.contains(&name) {
                                return Err(DocumentError::Malformed);
                            }
                            texts.push(name);
                        }
                        visit(&path, content.text())?;
                        path.pop();
                    }
                    None => done = true,
                }
                content.clear();
            }
            Event::Text(part) if open.is_empty() => {
                if !part.xml10_content().trim_matches(WHITE_SPACE).is_empty() {
                    return Err(DocumentError::Malformed);
                }
            }
            Event::CData(_) | Event::GeneralRef(_) if open.is_empty() => return Err(DocumentError::Malformed),
            Event::Text(part) => content.put(part.xml10_content()),
            Event::CData(part) => content.put(part.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| DocumentError::Malformed)?;
                match character {
                    Some(character) if is_character(character) => content.put(String::from(character).into()),
                    Some(_) if is_lenient => {}
                    Some(_) => return Err(DocumentError::Malformed),
                    None => {
                        let name = reference.into_inner();
                        content.put(resolve_predefined_entity(&name).ok_or(DocumentError::Malformed)?.into());
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

/// A part of a document that was lent by something that does not last as long.
fn lasting<'a>(document: &'a str, part: &str) -> Option<&'a str> {
    let start = part.as_ptr().addr().checked_sub(document.as_ptr().addr())?;
    document.get(start..start.checked_add(part.len())?)
}

impl<'a> Content<'a> {
    fn put(&mut self, piece: Cow<'a, str>) {
        if self.text().is_empty() {
            self.first = piece;
            return;
        }
        if self.joined.is_empty() {
            self.joined.push_str(&self.first);
        }
        self.joined.push_str(&piece);
    }

    fn text(&self) -> &str {
        if self.joined.is_empty() { &self.first } else { &self.joined }
    }

    fn clear(&mut self) {
        self.first = Cow::Borrowed("");
        self.joined.clear();
    }
}

/// Whether XML 1.0 has all characters of a text: it lacks most control characters, and two that take three bytes. Few words
/// of eight bytes have a byte that could be part of one, and only those are looked at byte by byte.
fn has_only_characters(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_lacking = |at: usize| match bytes.get(at..) {
        Some([0xef, 0xbf, 0xbe | 0xbf, ..]) => true,
        Some([byte, ..]) => *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'),
        _ => false,
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let in_words = words.iter().enumerate().filter(|(_, word)| may_lack(u64::from_ne_bytes(**word)));
    let looked_at = in_words.flat_map(|(index, word)| (index * word.len()..).take(word.len()));
    !looked_at.chain(bytes.len() - rest.len()..bytes.len()).any(is_lacking)
}

/// Whether one of a word's bytes is a control character or begins a character of three bytes with EF. (S. E. Anderson, "Bit
/// Twiddling Hacks": a word with a byte that is zero, or less than another.)
fn may_lack(word: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = EACH * 0x80;
    let controls = word.wrapping_sub(EACH * 0x20) & !word;
    let other = word ^ (EACH * 0xef);
    (controls | (other.wrapping_sub(EACH) & !other)) & HIGHEST != 0
}

/// Whether XML 1.0 has a character.
fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The text of an element that must be there and not be empty.
pub(crate) fn element(bytes: &[u8], root: &str, name: &'static str) -> Result<String, DocumentError> {
    let mut found = String::new();
    read(bytes, root, |path, text| {
        if path == [name] {
            found = text.to_owned();
        }
        Ok(())
    })?;
    if found.is_empty() { Err(DocumentError::WrongElement(name)) } else { Ok(found) }
}

/// Text as it stands in an element.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visited(text: &str) -> Result<Vec<(String, String)>, DocumentError> {
        let mut seen = Vec::new();
        read(text.as_bytes(), "Root", |path, text| {
            seen.push((path.join("/"), text.to_owned()));
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
    }

    /// 8.9: laxer than what is said above.
    #[test]
    fn refuses_what_xml_has_not_and_what_says_two_things() {
        for text in [
            "text<Root><A>1</A></Root>",
            "<Root><A>1</A></Root>text",
            "<Root></Root>&amp;",
            "<Root></Root><![CDATA[x]]>",
            "<Root><A>\0</A></Root>",
            "<Root><A>1\u{1b}</A></Root>",
            "<Root><A>\u{ffff}</A></Root>",
            "<Root><A>&#0;</A></Root>",
            "<Root><A>&#x1b;</A></Root>",
            "<Root><A>1</A><B>2</B><A>3</A></Root>",
            "<Root><A/><A/></Root>",
            "<Root><C><Size>1</Size><Size>2</Size></C></Root>",
        ] {
            assert_eq!(visited(text), Err(DocumentError::Malformed), "{text:?}");
        }
        for text in [
            "\n<!-- c --><Root><A>1</A></Root>\r\n\t <!-- c -->",
            "<Root><C><A>1</A></C><C><A>1</A></C></Root>",
            "<Root><A>&#9;&#x10FFFF;</A></Root>",
        ] {
            assert!(visited(text).is_ok(), "{text:?}");
        }
        let mut message = String::new();
        let error = b"<Error><Message>m\x1b&#x1b;!</Message></Error>";
        let read = read_error(error, |_, text| {
            message = text.to_owned();
            Ok(())
        });
        assert_eq!((read, message.as_str()), (Ok(()), "m!"), "an error repeats what was asked");
        let many: String = (0..100_000).map(|n| format!("<a{n}/>")).collect();
        assert_eq!(visited(&["<Root>", &many, "</Root>"].concat()), Err(DocumentError::Malformed));
    }

    #[test]
    fn characters_of_a_text_are_those_of_xml() {
        for c in ('\0'..='\u{10ffff}').filter(|c| *c < '\u{3000}' || *c >= '\u{d700}' && *c < '\u{10040}') {
            // At any place of a word of eight bytes, and across two.
            let text = format!("{}{c}é{c}", "a".repeat(c as usize % 11));
            assert_eq!(has_only_characters(&text), is_character(c), "{c:?}");
        }
    }

    /// 3.7: however deep a document is nested, little of it is held.
    #[test]
    fn a_deep_document_is_refused() {
        let deep = ["<Root>", &"<a>".repeat(100_000)].concat();
        assert_eq!(visited(&deep), Err(DocumentError::Malformed));
    }
}
