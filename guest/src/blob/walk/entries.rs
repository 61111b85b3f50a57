//! Turns objects into the entries of a walk: the directories that an object is in, if they are new, and the object
//! itself.

use super::order::compare;
use super::traversal::Traversal;
use crate::blob::stat::FileInfo;
use crate::common_prefix::common_prefix_length;
use crate::oss::ListedObject;

/// The most entries of a piece.
const MAX_ENTRIES: usize = 1000;
/// A piece is returned once its paths have so many bytes, since one object may be in 511 directories.
const MAX_TEXT: usize = 256 << 10;

/// The state of turning objects into entries.
pub(super) struct Entries {
    /// The length of the walked directory's path, including a `/` at its end.
    below: usize,
    /// Paths up to and including this one are left out.
    start_after: Option<String>,
    /// The path of the previous object, whose directories were returned already.
    previous: String,
    current: Option<Current>,
}

/// An object whose entries are being made.
struct Current {
    object: ListedObject,
    /// Where the next component of the object's path begins.
    at: usize,
}

impl Entries {
    pub(super) fn new(below: usize, start_after: &str) -> Self {
        let start_after = (!start_after.is_empty()).then(|| start_after.to_owned());
        Self { below, start_after, previous: String::new(), current: None }
    }

    /// Sets the next object of the traversal. Its name is its path.
    pub(super) fn set_object(&mut self, object: ListedObject) {
        let same = common_prefix_length(self.previous.as_bytes(), object.name.as_bytes());
        let slash = object.name.bytes().take(same).rposition(|byte| byte == b'/');
        let directory = slash.map_or(0, |slash| slash + 1);
        let at = directory.max(self.below);
        self.previous.clone_from(&object.name);
        self.current = Some(Current { object, at });
    }

    /// A piece of entries from the objects that the traversal has ready.
    pub(super) fn piece(&mut self, traversal: &mut Traversal) -> Vec<FileInfo> {
        let (mut piece, mut text) = (Vec::new(), 0);
        while piece.len() < MAX_ENTRIES && text < MAX_TEXT {
            if self.current.is_none() {
                match traversal.take_ready() {
                    Some(object) => self.set_object(object),
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

    /// The next entry of the current object, if there is one.
    fn entry(&mut self) -> Option<FileInfo> {
        let Current { object, at } = self.current.take()?;
        let rest = object.name.get(at..)?;
        let (component, is_directory) = match rest.split_once('/') {
            Some((component, _)) => (component, true),
            None => (rest, false),
        };
        if component.is_empty() {
            // The name is not a path, and its directories were returned already.
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
                // All further entries come after it as well.
                self.start_after = None;
                Some(entry)
            }
        }
    }
}
