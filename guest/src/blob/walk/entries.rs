//! Entries of a walk, made of objects one by one: the directories that an object is in, where they are new, and the object.

use super::order::compare;
use super::traversal::Traversal;
use crate::beginning::shared;
use crate::blob::stat::FileInfo;
use crate::oss::ListedObject;

/// The most entries of a piece.
const MAX_ENTRIES: usize = 1000;
/// When a piece has so many bytes of paths it is given out. One object may be in 511 directories.
const MAX_TEXT: usize = 256 << 10;

/// Makes the entries.
pub(super) struct Entries {
    /// How long the path of the directory is, with a `/` at its end.
    below: usize,
    /// Paths up to this one are left out.
    start_after: Option<String>,
    /// The path of the object before. Its directories were given out.
    previous: String,
    current: Option<Current>,
}

/// An object whose entries are being made.
struct Current {
    object: ListedObject,
    /// Where the next component of its path begins.
    at: usize,
}

impl Entries {
    pub(super) fn new(below: usize, start_after: &str) -> Self {
        let start_after = (!start_after.is_empty()).then(|| start_after.to_owned());
        Self { below, start_after, previous: String::new(), current: None }
    }

    /// The next object of the traversal. Its name is its path.
    pub(super) fn put(&mut self, object: ListedObject) {
        let same = shared(self.previous.as_bytes(), object.name.as_bytes());
        let slash = object.name.bytes().take(same).rposition(|byte| byte == b'/');
        let directory = slash.map_or(0, |slash| slash + 1);
        let at = directory.max(self.below);
        self.previous.clone_from(&object.name);
        self.current = Some(Current { object, at });
    }

    /// As many of the entries as a piece takes of what the traversal has at hand.
    pub(super) fn piece(&mut self, traversal: &mut Traversal) -> Vec<FileInfo> {
        let (mut piece, mut text) = (Vec::new(), 0);
        while piece.len() < MAX_ENTRIES && text < MAX_TEXT {
            if self.current.is_none() {
                match traversal.at_hand() {
                    Some(object) => self.put(object),
                    None => break,
                }
            }
            if let Some(entry) = self.entry() {
                text += entry.path.len();
                piece.push(entry);
            }
        }
        piece
    }

    /// The next entry of the present object, if there is one.
    fn entry(&mut self) -> Option<FileInfo> {
        let Current { object, at } = self.current.take()?;
        let rest = object.name.get(at..)?;
        let (component, is_directory) = match rest.split_once('/') {
            Some((component, _)) => (component, true),
            None => (rest, false),
        };
        if component.is_empty() {
            // It is no path, and its directories were given out.
            return None;
        }
        let end = at + component.len();
        let entry = if is_directory {
            let directory = FileInfo::directory(object.name.get(..end)?);
            self.current = Some(Current { object, at: end + 1 });
            directory
        } else {
            let ListedObject { name: path, size, modified } = object;
            FileInfo { path, size, modified, is_dir: false, etag: None, date: None }
        };
        match &self.start_after {
            Some(after) if compare(&entry.path, after).is_le() => None,
            _ => {
                // Everything else comes after it as well.
                self.start_after = None;
                Some(entry)
            }
        }
    }
}
