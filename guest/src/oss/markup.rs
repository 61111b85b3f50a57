//! The pieces of an XML document, one after the other, lent from it.
//!
//! The documents of OSS are written by programs: elements, text, and a namespace at most. A listing of 1000 keys has 20 000
//! pieces, and each of them cost 150 ns with the crate quick-xml, which sees to encodings, attributes and positions that
//! nobody asks for here: most of what a listing takes. A test compares the two.

use memchr::{memchr, memchr2};

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// `<name …>`, or `<name …/>`, which is an element without content.
    Start { name: &'a str, is_empty: bool },
    /// `</name>`. The name is as it stands: whoever knows what was opened compares it with that.
    End { name: &'a str },
    /// Text between markup, without references.
    Text(&'a str),
    /// What stands in `<![CDATA[…]]>`.
    CData(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
    /// A comment, a processing instruction or the declaration of XML.
    Aside,
}

/// What is no piece of a document, or no end of one, or a document type, of which OSS sends none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoPiece;

/// The pieces of a document.
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(document: &'a str) -> Self {
        Self { rest: document }
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'a>>, NoPiece> {
        let piece = match self.rest.as_bytes() {
            [] => return Ok(None),
            [b'<', b'/', ..] => self.end(),
            [b'<', b'?', ..] => self.until(2, "?>").map(|_| Piece::Aside),
            [b'<', b'!', b'-', b'-', ..] => self.until(4, "-->").map(|_| Piece::Aside),
            [b'<', b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..] => self.until(9, "]]>").map(Piece::CData),
            [b'<', b'!', ..] => None,
            [b'<', ..] => self.start(),
            [b'&', ..] => self.until(1, ";").filter(|name| is_reference(name)).map(Piece::Reference),
            text => {
                let length = memchr2(b'<', b'&', text).unwrap_or(text.len());
                self.take(length).map(Piece::Text)
            }
        };
        piece.map(Some).ok_or(NoPiece)
    }

    /// So many bytes.
    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// What is behind so many bytes and before this end, which is taken as well.
    fn until(&mut self, begin: usize, end: &str) -> Option<&'a str> {
        let (content, rest) = self.rest.get(begin..)?.split_once(end)?;
        self.rest = rest;
        Some(content)
    }

    fn end(&mut self) -> Option<Piece<'a>> {
        let length = memchr(b'>', self.rest.as_bytes())?;
        let tag = self.take(length + 1)?;
        Some(Piece::End { name: tag.get(2..length)?.trim_ascii_end() })
    }

    fn start(&mut self) -> Option<Piece<'a>> {
        let length = memchr(b'>', self.rest.as_bytes())?;
        let tag = self.rest.get(1..length)?;
        if is_name(tag) {
            self.take(length + 1)?;
            return Some(Piece::Start { name: tag, is_empty: false });
        }
        let length = 1 + end_of_tag(self.rest.as_bytes().get(1..)?)?;
        let tag = self.take(length + 1)?.get(1..length)?;
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next()?;
        is_name(name).then_some(Piece::Start { name, is_empty })
    }
}

/// Where the `>` is that ends a tag: not one in the value of an attribute. A tag that another one begins in has no end.
fn end_of_tag(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'>') => return Some(at),
            (_, b'<') => return None,
            _ => {}
        }
    }
    None
}

/// Whether this can be a name. (Of other than ASCII, XML takes less.)
fn is_name(text: &str) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.' | 0x80..);
    match text.as_bytes() {
        [first, rest @ ..] => {
            (first.is_ascii_alphabetic() || matches!(first, b'_' | b':' | 0x80..)) && rest.iter().all(is_inner)
        }
        [] => false,
    }
}

/// Whether this can stand between `&` and `;`: a name of letters, as XML's own are, or the number of a character.
fn is_reference(text: &str) -> bool {
    let text = text.strip_prefix('#').unwrap_or(text);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    fn pieces(document: &str) -> Result<Vec<Piece<'_>>, NoPiece> {
        let mut pieces = Pieces::new(document);
        let mut found = Vec::new();
        while let Some(piece) = pieces.next()? {
            found.push(piece);
        }
        Ok(found)
    }

    /// By the crate, as words; none where it can't read on.
    fn of_the_crate(document: &str) -> Option<Vec<String>> {
        let mut reader = Reader::from_str(document);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let mut found = Vec::new();
        loop {
            found.push(match reader.read_event().ok()? {
                Event::Eof => return Some(found),
                Event::Start(tag) => format!("<{}", tag.name().as_ref()),
                Event::Empty(tag) => format!("<{}/", tag.name().as_ref()),
                Event::End(tag) => format!("</{}", tag.name().as_ref()),
                Event::Text(text) => format!("text {}", &*text),
                Event::CData(text) => format!("cdata {}", &*text),
                Event::GeneralRef(name) => format!("&{}", &*name),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => "aside".to_owned(),
                Event::DocType(_) => return None,
            });
        }
    }

    fn word(piece: &Piece<'_>) -> String {
        match piece {
            Piece::Start { name, is_empty: false } => format!("<{name}"),
            Piece::Start { name, is_empty: true } => format!("<{name}/"),
            Piece::End { name } => format!("</{name}"),
            Piece::Text(text) => format!("text {text}"),
            Piece::CData(text) => format!("cdata {text}"),
            Piece::Reference(name) => format!("&{name}"),
            Piece::Aside => "aside".to_owned(),
        }
    }

    const FRAGMENTS: [&str; 24] = [
        "<a>",
        "</a>",
        "<a/>",
        "<b c='>' d=\"'/>\">",
        "</b >",
        "<n:e\n x='1'/>",
        "t",
        " \r\n",
        "é",
        ">",
        "]]>",
        "/",
        "'",
        "&amp;",
        "&#x41;",
        "&",
        ";",
        "<![CDATA[<&]]>",
        "<!-- a > b -->",
        "<?p > ?>",
        "<",
        "</",
        "<!DOCTYPE a>",
        "<1>",
    ];

    proptest! {
        #[test]
        fn what_is_taken_the_crate_takes_alike(parts in prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 0..12)) {
            let document = parts.concat();
            let is_sound = |piece: &Piece<'_>| !matches!(piece, Piece::End { name } if !is_name(name));
            if let Ok(pieces) = pieces(&document) && pieces.iter().all(is_sound) {
                prop_assert_eq!(Some(pieces.iter().map(word).collect()), of_the_crate(&document), "{}", document);
            }
        }
    }

    #[test]
    fn what_has_no_end_or_no_name_is_no_piece() {
        for document in [
            "<",
            "<>",
            "</",
            "<a",
            "<a b='>",
            "<a <b>",
            "<1>",
            "< a>",
            "<!-- -",
            "<![CDATA[ ]]",
            "<?p",
            "&a",
            "<!DOCTYPE a>",
        ] {
            assert_eq!(pieces(document), Err(NoPiece), "{document}");
        }
        let start = |name, is_empty| Piece::Start { name, is_empty };
        let found = [
            start("a", false),
            start("n:b", true),
            Piece::Text("x>"),
            Piece::Reference("lt"),
            Piece::End { name: "a" },
        ];
        assert_eq!(pieces("<a c='/>'><n:b d=\">\" />x>&lt;</a >").unwrap(), found);
    }
}
