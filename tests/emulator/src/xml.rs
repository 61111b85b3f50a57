//! XML as OSS writes it, and as much reading of it as its request bodies need.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Writes a document, element by element.
pub(crate) struct Writer(String);

impl Writer {
    pub(crate) fn new() -> Self {
        Self(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.open(name);
        for character in value.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // A reader would turn a bare carriage return into a line feed.
                '\r' => self.0.push_str("&#13;"),
                other => self.0.push(other),
            }
        }
        self.close(name);
    }

    /// The owner, whose name OSS gives as its id.
    pub(crate) fn owner(&mut self, id: &str) {
        self.open("Owner");
        self.text("ID", id);
        self.text("DisplayName", id);
        self.close("Owner");
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// A document that is written already, but for its first line.
    pub(crate) fn with(document: &str) -> String {
        Self::new().0 + document
    }

    pub(crate) fn element(&mut self, element: &Element) {
        if element.children.is_empty() {
            return self.text(&element.name, &element.text);
        }
        self.open(&element.name);
        element.children.iter().for_each(|child| self.element(child));
        self.close(&element.name);
    }
}

/// An element that was read: its name without prefix, its text, its children.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

/// The deepest document of OSS has some eight levels; beyond this many one is refused. It also bounds how deep the stack
/// grows when the elements are dropped.
const MAX_DEPTH: usize = 32;

impl Element {
    /// Reads a whole document; `None` if it is not well-formed, or too deep.
    pub(crate) fn parse(document: &str) -> Option<Self> {
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().ok()? {
                Event::Start(_) if open.len() == MAX_DEPTH => return None,
                Event::Start(tag) => open.push(Self::named(tag.local_name().as_ref())),
                Event::Empty(tag) => {
                    let element = Self::named(tag.local_name().as_ref());
                    Self::attach(&mut open, &mut root, element)?;
                }
                Event::End(_) => {
                    let element = open.pop()?;
                    Self::attach(&mut open, &mut root, element)?;
                }
                Event::Text(text) => match open.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => return None,
                },
                Event::CData(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                    };
                    open.last_mut()?.text.push_str(&character);
                }
                Event::Eof => return if open.is_empty() { root } else { None },
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn attach(open: &mut [Element], root: &mut Option<Element>, element: Element) -> Option<()> {
        match open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if root.is_none() => *root = Some(element),
            None => return None,
        }
        Some(())
    }

    pub(crate) fn with_text(name: &str, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::named(name) }
    }

    /// The element as text, without the XML declaration. What stands between children is not kept.
    pub(crate) fn write(&self) -> String {
        let mut writer = Writer(String::new());
        writer.element(self);
        writer.0
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let odd = "a&b<c>\"d'\r\n \u{1F980}";
        let mut xml = Writer::new();
        xml.open("Delete");
        xml.text("Key", odd);
        xml.close("Delete");
        let root = Element::parse(&xml.finish()).expect("well-formed");
        assert_eq!(root.name, "Delete");
        assert_eq!(root.value("Key"), Some(odd));
    }

    #[test]
    fn references_cdata_and_namespaces() {
        let root = Element::parse("<o:A xmlns:o='x'><B>&#x41;&#66;&amp;<![CDATA[<c>]]></B><C/></o:A>").expect("read");
        assert_eq!((root.name.as_str(), root.value("B"), root.value("C")), ("A", Some("AB&<c>"), Some("")));
    }

    /// 3.7: a signed request of nested elements overflowed the stack when these were dropped.
    #[test]
    fn deep_documents_are_refused() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Element::parse(&nested(MAX_DEPTH)).is_some());
        assert_eq!(Element::parse(&nested(MAX_DEPTH + 1)), None);
        assert_eq!(Element::parse(&nested(1 << 20)), None);
    }

    #[test]
    fn broken_documents_are_refused() {
        for bad in ["", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>"] {
            assert_eq!(Element::parse(bad), None, "{bad}");
        }
    }
}
