//! The state of reading a document: the open elements, the names that have occurred in them, and the text of the
//! innermost one.

use std::borrow::Cow;
use std::io::BufRead as _;

use memchr::memchr;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesRef;

use super::document::{DocumentError, is_character};
use super::leaf::Leaf;
use crate::foreign_text::shown;

/// The deepest nesting of elements. OSS's documents have at most four levels (`DeleteResult/Deleted/Key`,
/// `ListBucketResult/Contents/Owner/ID`).
const MAX_DEPTH: usize = 8;

/// The most text elements within one element. OSS's have about twenty (a page of a listing, or an error with its
/// details).
const MAX_TEXTS: usize = 64;

/// Called at the end of an element. It is passed by reference, because its type differs for each kind of document, and
/// the component must not contain a copy of the reader for each.
pub(super) type Visit<'a> = dyn FnMut(&[&str], &str) -> Result<(), DocumentError> + 'a;

/// An open element.
struct Open {
    /// Whether the element contains other elements.
    has_elements: bool,
    /// Where the names of the elements in it begin in [`Reading::texts`].
    texts: usize,
}

/// An element's own text. Nearly always it is one piece of the document and borrowed from there. Only a text of several
/// pieces (with an entity in between) is copied, into a buffer that is reused.
#[derive(Default)]
pub(super) struct Content<'a> {
    first: Cow<'a, str>,
    joined: String,
}

impl<'a> Content<'a> {
    pub(super) fn put(&mut self, piece: Cow<'a, str>) {
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

/// The state of reading a document.
pub(super) struct Reading<'a, 'v> {
    root: &'a str,
    is_lenient: bool,
    visit: &'v mut Visit<'v>,
    open: Vec<Open>,
    /// The names of the elements that contain only text, of all open elements. A listing consists mostly of such
    /// elements, so their names are not copied.
    texts: Vec<&'a str>,
    /// The names of the open elements below the outermost one.
    path: Vec<&'a str>,
    pub(super) content: Content<'a>,
    /// Whether the outermost element is closed.
    pub(super) is_done: bool,
}

impl<'a, 'v> Reading<'a, 'v> {
    pub(super) fn new(root: &'a str, is_lenient: bool, visit: &'v mut Visit<'v>) -> Self {
        let (open, path) = (Vec::with_capacity(MAX_DEPTH), Vec::with_capacity(MAX_DEPTH));
        Self { root, is_lenient, visit, open, texts: Vec::new(), path, content: Content::default(), is_done: false }
    }

    /// Whether no element is open.
    pub(super) fn is_outside(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn begin(&mut self, name: &'a str) -> Result<(), DocumentError> {
        match self.open.last_mut() {
            Some(parent) => {
                parent.has_elements = true;
                self.path.push(name);
            }
            // Secrets are removed by the caller, which has the credentials.
            None if self.is_done || name != self.root => {
                return Err(DocumentError::WrongRoot(shown(name, str::to_owned)));
            }
            None => {}
        }
        if self.open.len() == MAX_DEPTH {
            return Err(DocumentError::Malformed);
        }
        self.open.push(Open { has_elements: false, texts: self.texts.len() });
        self.content.clear();
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), DocumentError> {
        let Some(element) = self.open.pop() else { return Err(DocumentError::Malformed) };
        self.texts.truncate(element.texts);
        match self.open.last() {
            Some(parent) => {
                if !element.has_elements {
                    let name = self.path.last().copied().unwrap_or_default();
                    note(&mut self.texts, parent.texts, name)?;
                }
                (self.visit)(&self.path, self.content.text())?;
                self.path.pop();
            }
            None => self.is_done = true,
        }
        self.content.clear();
        Ok(())
    }

    /// Begins and ends an element that contains only text. Nothing of it is stored, and its text is borrowed from the
    /// document unless it contains references.
    fn leaf(&mut self, leaf: &Leaf<'a>) -> Result<(), DocumentError> {
        let depth = self.open.len();
        let Some(parent) = self.open.last_mut().filter(|_| depth < MAX_DEPTH) else {
            return Err(DocumentError::Malformed);
        };
        parent.has_elements = true;
        note(&mut self.texts, parent.texts, leaf.name)?;
        self.path.push(leaf.name);
        if leaf.has_references {
            self.put_with_references(leaf.text)?;
            (self.visit)(&self.path, self.content.text())?;
            self.content.clear();
        } else {
            (self.visit)(&self.path, leaf.text)?;
        }
        self.path.pop();
        Ok(())
    }

    /// Reads the text elements that follow the reader's position, which must be just after a tag, and moves the reader
    /// past them.
    pub(super) fn take_leaves(&mut self, text: &'a str, reader: &mut Reader<&'a [u8]>) -> Result<(), DocumentError> {
        let start = text.len().saturating_sub(reader.get_ref().len());
        let mut rest = text.get(start..).ok_or(DocumentError::Malformed)?;
        while !self.is_outside()
            && let Some(leaf) = Leaf::at(rest)
        {
            self.leaf(&leaf)?;
            rest = leaf.rest;
        }
        let length = reader.get_ref().len().saturating_sub(rest.len());
        reader.stream().consume(length);
        Ok(())
    }

    fn put_with_references(&mut self, mut text: &'a str) -> Result<(), DocumentError> {
        while let Some(start) = memchr(b'&', text.as_bytes()) {
            let (piece, reference) = text.split_at_checked(start).ok_or(DocumentError::Malformed)?;
            let (reference, rest) = reference.split_once(';').ok_or(DocumentError::Malformed)?;
            self.content.put(piece.into());
            self.put_reference(BytesRef::new(reference.get(1..).unwrap_or_default()))?;
            text = rest;
        }
        self.content.put(text.into());
        Ok(())
    }

    pub(super) fn put_reference(&mut self, reference: BytesRef<'_>) -> Result<(), DocumentError> {
        let character = reference.resolve_char_ref().map_err(|_| DocumentError::Malformed)?;
        match character {
            Some(character) if is_character(character) => self.content.put(String::from(character).into()),
            Some(_) if self.is_lenient => {}
            Some(_) => return Err(DocumentError::Malformed),
            None => {
                let name = reference.into_inner();
                self.content.put(resolve_predefined_entity(&name).ok_or(DocumentError::Malformed)?.into());
            }
        }
        Ok(())
    }
}

/// Adds a text element to those of its parent, whose names begin at `start`; no other one may have the same name.
fn note<'a>(texts: &mut Vec<&'a str>, start: usize, name: &'a str) -> Result<(), DocumentError> {
    let others = texts.get(start..).unwrap_or_default();
    if others.len() == MAX_TEXTS || others.contains(&name) {
        return Err(DocumentError::Malformed);
    }
    texts.push(name);
    Ok(())
}
