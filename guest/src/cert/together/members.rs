//! The checked keys of a set, and the names of the set's additional objects.

use crate::cert::storage::{Storage, invalid};
use crate::checksum::crc64;
use crate::error::{Error, ErrorKind};
use crate::key::{InvalidKey, Key, ObjectName, Root, TOGETHER};
use crate::ports::Ports;

/// The most keys of a set.
pub const MAX_TOGETHER: usize = 16;

/// The length of an id: 128 random bits and the digest of the keys, in hexadecimal digits.
const ID: usize = 48;

/// Whether a key in normal form, or a name as OSS lists it, is reserved for sets.
pub(in crate::cert) fn is_reserved(name: &str) -> bool {
    name.split('/').any(|component| component == TOGETHER)
}

/// Whether a reserved name is the index of a set. All others are copies.
pub(in crate::cert) fn is_index(name: &str) -> bool {
    !is_id(name.rsplit('/').next().unwrap_or_default())
}

/// Whether a component is the id of a set, which is the name of a copy. Names of indexes are shorter.
pub(super) fn is_id(component: &str) -> bool {
    component.len() == ID && component.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A key of a set.
pub(super) struct Member {
    /// The key as given.
    pub(super) key: String,
    /// The key in normal form.
    pub(super) normal: Key,
    pub(super) object: ObjectName,
    /// The key's position among the keys as given.
    pub(super) given: usize,
}

/// The keys of a set in byte order.
pub(super) struct Members {
    pub(super) list: Vec<Member>,
    /// The object of the set's index.
    pub(super) index: ObjectName,
    /// The digest of all keys, so that sets of other keys are not taken for sets of these.
    digest: String,
}

impl Member {
    /// The object of the copy of a set's value.
    pub(super) fn copy(&self, root: &Root, id: &str) -> Result<ObjectName, Error> {
        below(root, Some(self.normal.as_str()), id).map_err(|problem| invalid(&self.key, problem))
    }
}

impl Members {
    /// The key for errors that concern no particular one.
    pub(super) fn first(&self) -> &str {
        self.list.first().map(|member| member.key.as_str()).unwrap_or_default()
    }

    /// Draws the id of a new set.
    pub(super) fn draw_id(&self, ports: &impl Ports) -> String {
        format!("{:016x}{:016x}{}", ports.random_u64(), ports.random_u64(), self.digest)
    }
}

impl<P: Ports> Storage<P> {
    /// Checks keys that are to be stored, loaded or removed together. A single key is not a set, and needs no room for
    /// copies.
    pub(super) fn members(&self, keys: &[&str]) -> Result<Members, Error> {
        let first = keys.first().copied().unwrap_or_default();
        if keys.is_empty() || keys.len() > MAX_TOGETHER {
            let message = format!("{} keys were given, and 1 to {MAX_TOGETHER} can be stored together", keys.len());
            return Err(Error::new(ErrorKind::Unsupported, first, message));
        }
        let member = |(given, key): (usize, &&str)| {
            let (normal, object) = self.object(key)?;
            Ok(Member { key: (*key).to_owned(), normal, object, given })
        };
        let mut list = keys.iter().enumerate().map(member).collect::<Result<Vec<_>, Error>>()?;
        list.sort_by(|one, other| one.normal.cmp(&other.normal));
        let refused = |key: &str, message: String| Err(Error::new(ErrorKind::InvalidKey, key, message));
        let directory = list.first().and_then(|member| parent(&member.normal)).map(str::to_owned);
        for (one, next) in list.iter().zip(list.iter().skip(1)) {
            if one.normal == next.normal {
                return refused(&next.key, "the key was given twice".to_owned());
            }
            if parent(&next.normal) != directory.as_deref() {
                let message = "keys that are stored together are in one directory, and these are not";
                return refused(&next.key, message.to_owned());
            }
        }
        let root = &self.client.settings().root;
        let longest = "0".repeat(ID);
        for member in &list {
            if member.copy(root, &longest).is_err() {
                let room = ID + TOGETHER.len() + 2;
                return refused(
                    &member.key,
                    format!("keys that are stored together are {room} bytes shorter than others can be"),
                );
            }
        }
        let names: Vec<_> = list.iter().map(|member| member.normal.as_str()).collect();
        let digest = format!("{:016x}", crc64(names.join("\n").as_bytes()));
        let index = below(root, directory.as_deref(), &digest).map_err(|problem| invalid(first, problem))?;
        Ok(Members { list, index, digest })
    }
}

/// The directory of a key; `None` at the root of the storage.
fn parent(key: &Key) -> Option<&str> {
    key.as_str().rsplit_once('/').map(|(directory, _)| directory)
}

/// The set's object with this name below a key or directory.
fn below(root: &Root, directory: Option<&str>, name: &str) -> Result<ObjectName, InvalidKey> {
    let key = match directory {
        Some(directory) => [directory, TOGETHER, name].join("/"),
        None => [TOGETHER, name].join("/"),
    };
    root.object(&Key::parse(&key)?)
}
