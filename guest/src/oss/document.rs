//! Reads OSS's XML documents, strictly and with limits.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::reading::{Reading, Visit};

/// The white space of XML 1.0.
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

/// Reads a document whose outermost element has the name `root`. At the end of every element below it, `visit` gets the
/// element's path without that name (`["Contents", "Key"]`) and its own text.
///
/// Rejected are characters that are not allowed in XML, entities other than XML's five, document types, and anything
/// but white space and comments outside of the outermost element. Two elements with the same name and text in one
/// parent are rejected as well: of two sizes, say, neither is known to be right.
pub(crate) fn read(
    bytes: &[u8],
    root: &str,
    mut visit: impl FnMut(&[&str], &str) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::NotText)?;
    if !has_only_characters(text) {
        return Err(DocumentError::Malformed);
    }
    read_text(text, root, false, &mut visit)
}

/// Reads an error document in the same way, but drops characters that are not allowed in XML: the document repeats
/// parts of the request, and its code must not be lost for that.
pub(crate) fn read_error(
    bytes: &[u8],
    mut visit: impl FnMut(&[&str], &str) -> Result<(), DocumentError>,
) -> Result<(), DocumentError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DocumentError::NotText)?;
    let text: String = text.chars().filter(|c| is_character(*c)).collect();
    read_text(&text, "Error", true, &mut visit)
}

fn read_text<'a>(
    text: &'a str,
    root: &'a str,
    is_lenient: bool,
    visit: &'a mut Visit<'a>,
) -> Result<(), DocumentError> {
    let mut reader = Reader::from_str(text);
    let mut reading = Reading::new(root, is_lenient, visit);
    loop {
        match reader.read_event().map_err(|_| DocumentError::Malformed)? {
            Event::Start(start) => {
                reading.begin(name_of(&start, text)?)?;
                reading.take_leaves(text, &mut reader)?;
            }
            Event::Empty(empty) => {
                reading.begin(name_of(&empty, text)?)?;
                reading.end()?;
            }
            Event::End(_) => {
                reading.end()?;
                reading.take_leaves(text, &mut reader)?;
            }
            Event::Text(part) if reading.is_outside() => {
                if !part.xml10_content().trim_matches(WHITE_SPACE).is_empty() {
                    return Err(DocumentError::Malformed);
                }
            }
            Event::CData(_) | Event::GeneralRef(_) if reading.is_outside() => return Err(DocumentError::Malformed),
            Event::Text(part) => reading.content.put(part.xml10_content()),
            Event::CData(part) => reading.content.put(part.xml10_content()),
            Event::GeneralRef(reference) => reading.put_reference(reference)?,
            Event::DocType(_) => return Err(DocumentError::Malformed),
            Event::Eof if reading.is_done => return Ok(()),
            Event::Eof => return Err(DocumentError::Incomplete),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The local name of a tag, as a slice of the document, which lives longer than the tag.
fn name_of<'a>(tag: &BytesStart<'_>, document: &'a str) -> Result<&'a str, DocumentError> {
    let name = tag.local_name();
    let start = name.as_ref().as_ptr().addr().checked_sub(document.as_ptr().addr());
    let range = start.and_then(|start| Some(start..start.checked_add(name.as_ref().len())?));
    range.and_then(|range| document.get(range)).ok_or(DocumentError::Malformed)
}

/// Whether all characters of a text are allowed in XML 1.0: most control characters are not, nor are two characters of
/// three bytes. Words of eight bytes are checked first, and only the few that may contain such a byte are checked byte
/// by byte.
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

/// Whether one of a word's bytes is a control character or the first byte EF of a character of three bytes. (S. E.
/// Anderson, "Bit Twiddling Hacks": a word with a byte that is zero, or less than another.)
fn may_lack(word: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = EACH * 0x80;
    let controls = word.wrapping_sub(EACH * 0x20) & !word;
    let other = word ^ (EACH * 0xef);
    (controls | (other.wrapping_sub(EACH) & !other)) & HIGHEST != 0
}

/// Whether a character is allowed in XML 1.0.
pub(super) fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The text of an element, which must exist and not be empty.
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

/// Escapes a text for an element.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        for innermost in ["<b>1</b>", "<b >1</b>"] {
            let nested = |depth| ["<Root>", &"<a>".repeat(depth), innermost, &"</a>".repeat(depth), "</Root>"].concat();
            assert!(visited(&nested(6)).is_ok(), "{innermost}");
            assert_eq!(visited(&nested(7)), Err(DocumentError::Malformed), "{innermost}");
        }
    }

    /// Documents of a few elements, most of them leaves or nearly so, in any order and now and then not well-formed.
    fn documents() -> impl Strategy<Value = String> {
        let text = || {
            let sound = [
                "x",
                "é",
                ">",
                ";",
                " ",
                "\n",
                "\r",
                "\r\n",
                "&amp;",
                "&quot;",
                "&#65;",
                "]]>",
                "<D/>",
                "<!-- <A>1</A> -->",
                "<![CDATA[<A>]]>",
                "<?p?>",
            ];
            let unsound = ["&#0;", "&bomb;", "&", "<A>", "</A>", "<B>", "</B>"];
            prop_oneof![16 => prop::sample::select(sound.to_vec()), 1 => prop::sample::select(unsound.to_vec())]
        };
        let texts = move |most: usize| prop::collection::vec(text(), 0..most).prop_map(|texts| texts.concat());
        let element = (prop::sample::select(vec!["A", "B", "Cd1", "E"]), texts(3), texts(2))
            .prop_map(|(name, within, behind)| format!("<{name}>{within}</{name}>{behind}"));
        let elements = prop::collection::vec(element, 0..4).prop_map(|elements| elements.concat());
        prop::collection::vec(elements, 1..3).prop_map(|groups| {
            let groups = groups.iter().map(|group| format!("<Group>{group}</Group>"));
            ["<Root>", &groups.collect::<String>(), "</Root>"].concat()
        })
    }

    proptest! {
        /// With a space in its start tag no element is a leaf, and all of a document is read by the library.
        #[test]
        fn leaves_are_read_as_other_elements_are(document in documents()) {
            let spaced = ["Root", "Group", "A", "B", "Cd1", "E"].iter().fold(document.clone(), |document, name| {
                document.replace(&format!("<{name}>"), &format!("<{name} >"))
            });
            // In CDATA the space is content.
            let expected = visited(&spaced).map(|seen| {
                seen.into_iter().map(|(path, text)| (path, text.replace("<A >", "<A>"))).collect::<Vec<_>>()
            });
            prop_assert_eq!(visited(&document), expected, "{:?}", document);
        }
    }
}
