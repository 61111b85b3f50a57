//! Reads XML elements that contain only text. A listing consists mostly of them.
//!
//! `quick-xml` returns the tag, the text and the closing tag of each one separately, and checks for everything else
//! that they may contain. For a page of 1000 objects these are 6000 elements, and reading a listing took nearly one and
//! a half times as long.

use memchr::{memchr2, memchr3};

/// `<Name>text</Name>`, with a name of letters and digits alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leaf<'a> {
    pub(super) name: &'a str,
    /// The text with its references. It contains no carriage return, which would stand for a line feed.
    pub(super) text: &'a str,
    pub(super) has_references: bool,
    /// The rest of the document.
    pub(super) rest: &'a str,
}

impl<'a> Leaf<'a> {
    /// The element at the beginning of the rest of a document, after any white space. `None` if there is anything else,
    /// such as an element with attributes, a comment or CDATA.
    pub(super) fn at(rest: &'a str) -> Option<Self> {
        let rest = rest.trim_ascii_start();
        let [b'<', tag @ ..] = rest.as_bytes() else { return None };
        let length = tag.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let (name, [b'>', content @ ..]) = tag.split_at_checked(length)? else { return None };
        let first = memchr3(b'<', b'&', b'\r', content)?;
        let has_references = content.get(first) == Some(&b'&');
        let end = if has_references { first + memchr2(b'<', b'\r', content.get(first..)?)? } else { first };
        let (text, [b'<', b'/', closing @ ..]) = content.split_at_checked(end)? else { return None };
        let [b'>', behind @ ..] = closing.strip_prefix(name)? else { return None };
        let (name, text) = (rest.get(1..1 + name.len())?, rest.get(name.len() + 2..)?.get(..text.len())?);
        let rest = rest.get(rest.len() - behind.len()..)?;
        (!name.is_empty()).then_some(Self { name, text, has_references, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_of_nothing_but_text_is_a_leaf() {
        let leaf = |name, text, has_references, rest| Some(Leaf { name, text, has_references, rest });
        for (document, expected) in [
            ("<Key>a%2Fb</Key><Size>1</Size>", leaf("Key", "a%2Fb", false, "<Size>1</Size>")),
            ("\r\n\t <Prefix></Prefix>", leaf("Prefix", "", false, "")),
            ("<ETag>&quot;X&quot;</ETag>\n", leaf("ETag", "&quot;X&quot;", true, "\n")),
            ("<A1>测>\n</A1>é", leaf("A1", "测>\n", false, "é")),
        ] {
            assert_eq!(Leaf::at(document), expected, "{document:?}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for document in [
            "",
            "<",
            "<A",
            "<A>",
            "<A>1",
            "<A>1<",
            "<A>1</",
            "<A>1</A",
            "<A>1</AB>",
            "<AB>1</A>",
            "<A>1</B>",
            "<A>1</A >",
            "<A >1</A>",
            "<A b='c'>1</A>",
            "<A/>",
            "<>1</>",
            "<x:A>1</x:A>",
            "<é>1</é>",
            "<A><B>1</B></A>",
            "<A>1<!-- c --></A>",
            "<A><![CDATA[1]]></A>",
            "<A>1\r</A>",
            "<A>&amp;\r</A>",
            "</A>",
            "<?A>1</A>",
            "<!A>1</A>",
            "text<A>1</A>",
        ] {
            assert_eq!(Leaf::at(document), None, "{document:?}");
        }
    }
}
