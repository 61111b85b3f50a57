//! What whoever sends a request may do.

use std::collections::BTreeSet;
use std::str::FromStr;

/// A right. None of them includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To read values, files and lists, and to look at locks.
    Read,
    /// To change values and files, and to get, renew and release locks.
    Write,
    /// To sign URLs by which anybody can read a file for a while: what they allow outlives the right, and nobody counts or
    /// limits it here.
    Presign,
    /// To end the tenure of another's lock.
    BreakLocks,
}

/// Some rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(BTreeSet<Right>);

/// What a request is granted: by the server, which knows who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The rights.
    pub rights: Rights,
    /// How many bytes the request's body may have at most.
    pub body_limit: u64,
}

/// A name that no right has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a right: use read, write, presign or break-locks")]
pub struct UnknownRight;

impl Right {
    /// All rights.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Presign, Self::BreakLocks];

    /// Its name, as configs have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Presign => "presign",
            Self::BreakLocks => "break-locks",
        }
    }
}

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(name: &str) -> Result<Self, UnknownRight> {
        Self::ALL.into_iter().find(|right| right.name() == name).ok_or(UnknownRight)
    }
}

impl Rights {
    /// All rights.
    pub fn all() -> Self {
        Self::from_iter(Right::ALL)
    }

    /// Whether a right is among them.
    pub fn has(&self, right: Right) -> bool {
        self.0.contains(&right)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}
