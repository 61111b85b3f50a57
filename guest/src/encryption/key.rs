//! One key of a key set, as the set contains it.

use std::fmt;

use zeroize::Zeroizing;

use super::cipher::{Cipher, type_name};
use super::problem::KeySetProblem;

/// The prefix of ciphertexts, by which their key is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputPrefix {
    /// `01` and the key's id.
    Tink,
    /// `00` and the key's id; Tink's old format.
    Legacy,
    /// None: all such keys are tried.
    Raw,
    /// `00` and the key's id.
    Crunchy,
}

/// The status of a key, which decides what it may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything.
    Enabled,
    /// Nothing at present.
    Disabled,
    /// Nothing ever again; the set may contain it without its material.
    Destroyed,
}

/// The names and numbers of Tink's enums. Other values (`UNKNOWN_PREFIX`, `WITH_ID_REQUIREMENT`) are refused.
const PREFIXES: [(&str, u32, OutputPrefix); 4] = [
    ("TINK", 1, OutputPrefix::Tink),
    ("LEGACY", 2, OutputPrefix::Legacy),
    ("RAW", 3, OutputPrefix::Raw),
    ("CRUNCHY", 4, OutputPrefix::Crunchy),
];
const STATUSES: [(&str, u32, Status); 3] =
    [("ENABLED", 1, Status::Enabled), ("DISABLED", 2, Status::Disabled), ("DESTROYED", 3, Status::Destroyed)];
/// `KeyMaterialType`. It is written as it was read and has no effect.
const MATERIALS: [(&str, u32, u32); 5] = [
    ("UNKNOWN_KEYMATERIAL", 0, 0),
    ("SYMMETRIC", 1, 1),
    ("ASYMMETRIC_PRIVATE", 2, 2),
    ("ASYMMETRIC_PUBLIC", 3, 3),
    ("REMOTE", 4, 4),
];

/// The number of `SYMMETRIC`.
pub(super) const SYMMETRIC: u32 = 1;

/// A value of one of Tink's enums.
pub(super) trait Named: Copy + PartialEq + 'static {
    const TABLE: &'static [(&'static str, u32, Self)];

    fn of_name(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|(other, _, _)| *other == name).map(|(_, _, value)| *value)
    }

    fn of_number(number: u32) -> Option<Self> {
        Self::TABLE.iter().find(|(_, other, _)| *other == number).map(|(_, _, value)| *value)
    }

    fn name(self) -> Option<&'static str> {
        Self::TABLE.iter().find(|(_, _, value)| *value == self).map(|(name, _, _)| *name)
    }

    fn number(self) -> u32 {
        Self::TABLE.iter().find(|(_, _, value)| *value == self).map_or(0, |(_, number, _)| *number)
    }
}

impl Named for OutputPrefix {
    const TABLE: &'static [(&'static str, u32, Self)] = &PREFIXES;
}

impl Named for Status {
    const TABLE: &'static [(&'static str, u32, Self)] = &STATUSES;
}

/// `KeyMaterialType` by its number.
impl Named for u32 {
    const TABLE: &'static [(&'static str, u32, Self)] = &MATERIALS;
}

impl fmt::Display for OutputPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or_default())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or_default())
    }
}

/// A key as it is serialised.
pub(super) struct Entry {
    pub id: u32,
    pub status: Status,
    pub prefix: OutputPrefix,
    pub type_url: String,
    /// The message of the key's type.
    pub value: Zeroizing<Vec<u8>>,
    /// `KeyMaterialType`.
    pub material: u32,
}

impl Entry {
    /// The prefix of the key's ciphertexts.
    pub(super) fn head(&self) -> Head {
        let start = match self.prefix {
            OutputPrefix::Tink => 1,
            OutputPrefix::Legacy | OutputPrefix::Crunchy => 0,
            OutputPrefix::Raw => return Head::None,
        };
        let [a, b, c, d] = self.id.to_be_bytes();
        Head::Five([start, a, b, c, d])
    }

    /// The cipher with this key.
    pub(super) fn cipher(&self) -> Result<Cipher, KeySetProblem> {
        Cipher::read(&self.type_url, &self.value).map_err(|problem| KeySetProblem::of_key(self.id, problem))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("type", &type_name(&self.type_url))
            .field("status", &self.status)
            .field("prefix", &self.prefix)
            .field("value", &"[redacted]")
            .finish()
    }
}

/// The prefix of a key's ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    None,
    Five([u8; 5]),
}

impl Head {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Five(bytes) => bytes,
        }
    }
}
