//! Sets of actions.

/// The actions that are allowed in a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Actions {
    pub pull: bool,
    pub push: bool,
    pub delete: bool,
}

impl Actions {
    pub const PULL: Self = Self { pull: true, push: false, delete: false };
    pub const ALL: Self = Self { pull: true, push: true, delete: true };

    /// The set for the name of an action; `None` if there is no such action. `push` includes `pull`, because a client
    /// reads while it pushes.
    pub fn parse(action: &str) -> Option<Self> {
        match action {
            "pull" => Some(Self::PULL),
            "push" => Some(Self { pull: true, push: true, delete: false }),
            "delete" => Some(Self { delete: true, ..Self::default() }),
            _ => None,
        }
    }

    /// The actions that are in either set.
    pub fn union(self, other: Self) -> Self {
        Self { pull: self.pull | other.pull, push: self.push | other.push, delete: self.delete | other.delete }
    }
}
