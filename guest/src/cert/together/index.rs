//! The index of a set: its id, and which values it replaces.

use std::cell::Cell;
use std::fmt::Write as _;

use bytes::Bytes;

use super::members::Members;
use crate::cert::storage::Storage;
use crate::error::{Error, ErrorKind};
use crate::oss::{Change, Guard, Identity};
use crate::ports::Ports;

/// The first line of an index.
const FORMAT: &str = "ossicle set 1";
/// The most bytes of an index; one with the maximum number of keys has fewer than 400.
const MAX_INDEX: u64 = 4096;

/// What happens to the values that a set replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// New values replace them.
    Stored,
    /// They are removed.
    Removed,
}

/// The index of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) kind: Kind,
    /// A random id, drawn by the call that made the index.
    pub(super) id: String,
    /// For each key, in the order of the members, the mark of the replaced value; `None` if there was none.
    pub(super) replaced: Vec<Option<String>>,
}

/// An index that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) index: Index,
    /// When the index was written, in seconds since 1970.
    pub(super) put: u64,
}

impl Index {
    pub(super) fn new(kind: Kind, id: String, replaced: &[Option<Identity>]) -> Self {
        let marks = replaced.iter().map(|identity| identity.as_ref().map(|identity| identity.mark.clone()));
        Self { kind, id, replaced: marks.collect() }
    }

    fn write(&self) -> String {
        let kind = match self.kind {
            Kind::Stored => "stored",
            Kind::Removed => "removed",
        };
        let mut text = format!("{FORMAT}\n{kind}\n{}\n", self.id);
        for mark in &self.replaced {
            // Writing to a string can't fail.
            let _ = writeln!(text, "{}", mark.as_deref().unwrap_or("-"));
        }
        text
    }

    /// Parses the index of a set of so many keys; `None` if it is not an index.
    fn read(text: &str, members: usize) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != FORMAT {
            return None;
        }
        let kind = match lines.next()? {
            "stored" => Kind::Stored,
            "removed" => Kind::Removed,
            _ => return None,
        };
        let id = lines.next()?.to_owned();
        let replaced: Vec<_> = lines.map(|mark| (mark != "-").then(|| mark.to_owned())).collect();
        (replaced.len() == members).then_some(Self { kind, id, replaced })
    }
}

impl<P: Ports> Storage<P> {
    /// Reads the index of the set of these keys; `None` if there is none. 1 request.
    pub(super) async fn get_index(&self, members: &Members) -> Result<Option<Found>, Error> {
        let key = members.first();
        let found = self.client.get_identified(key, &members.index, &Cell::new(MAX_INDEX), |_| true).await?;
        let Some((Some(loaded), identity)) = found else { return Ok(None) };
        let text = std::str::from_utf8(&loaded.bytes).ok();
        let Some(index) = text.and_then(|text| Index::read(text, members.list.len())) else {
            let message = format!(
                "the object {:?}, by which these values are one, is not as Ossicle writes it: store them together again",
                members.index.as_str()
            );
            return Err(Error::new(ErrorKind::Corrupt, key, message));
        };
        Ok(Some(Found { index, put: identity.stored }))
    }

    /// Writes an index: this is the moment from which its set exists. 1 request.
    pub(super) async fn put_index(
        &self,
        members: &Members,
        index: &Index,
        guard: Option<Guard<'_>>,
    ) -> Result<(), Error> {
        let bytes = Bytes::from(index.write());
        let attributes = self.attributes.in_standard_storage();
        let change = Change { guard, ..Change::default() };
        self.client.store_object(members.first(), &members.index, bytes, &attributes, change).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(stored: bool, replaced in prop::collection::vec(prop::option::of("[0-9a-f]{16}"), 1..17)) {
            let kind = if stored { Kind::Stored } else { Kind::Removed };
            let index = Index { kind, id: "0".repeat(48), replaced };
            let text = index.write();
            let count = index.replaced.len();
            prop_assert!(text.len() < 400 && (text.len() as u64) < MAX_INDEX);
            prop_assert_eq!(Index::read(&text, count), Some(index));
            prop_assert_eq!(Index::read(&text, count + 1), None);
            for end in 0..text.len() {
                prop_assert_eq!(Index::read(&text[..end], count), None);
            }
        }
    }
}
