//! What is to be done with a key.

/// What is to be done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `store`
    Store,
    /// `load`
    Load,
    /// `rm`
    Remove,
    /// `ls`
    List,
    /// `stat`
    Stat,
    /// `exists`
    Exists,
    /// `lock run`
    Lock,
    /// `lock status`
    Inspect,
    /// `lock break`
    Break,
    /// `reencrypt`
    Reencrypt,
    /// `blob get`, `blob cat`
    Read,
    /// `blob put`
    Write,
    /// `blob walk`
    Walk,
    /// `blob mv`
    Move,
    /// `blob cp`
    Copy,
    /// `blob url`
    Sign,
    /// `blob uploads`
    ListUploads,
    /// `blob uploads --remove`
    RemoveUploads,
    /// `registry`, of a bucket
    Serve,
}

impl Action {
    /// As in "can't load".
    pub fn verb(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Load => "load",
            Self::Remove => "remove",
            Self::List => "list",
            Self::Stat => "look at",
            Self::Exists => "look for",
            Self::Lock => "get the lock",
            Self::Inspect => "look at the lock",
            Self::Break => "break the lock",
            Self::Reencrypt => "re-encrypt",
            Self::Read => "read",
            Self::Write => "write",
            Self::Walk => "walk over",
            Self::Move => "move",
            Self::Copy => "copy",
            Self::Sign => "sign a URL for",
            Self::ListUploads => "list the uploads of",
            Self::RemoveUploads => "remove the uploads of",
            Self::Serve => "serve the bucket",
        }
    }

    /// The name of its subcommand.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Load => "load",
            Self::Remove => "rm",
            Self::List => "ls",
            Self::Stat => "stat",
            Self::Exists => "exists",
            Self::Lock => "lock",
            Self::Inspect => "look",
            Self::Break => "break",
            Self::Reencrypt => "reencrypt",
            Self::Read => "get",
            Self::Write => "put",
            Self::Walk => "walk",
            Self::Move => "mv",
            Self::Copy => "cp",
            Self::Sign => "url",
            Self::ListUploads | Self::RemoveUploads => "uploads",
            Self::Serve => "registry",
        }
    }

    /// Whether it changes anything, so that it matters whether a failed one took effect.
    pub fn is_change(self) -> bool {
        matches!(
            self,
            Self::Store | Self::Remove | Self::Break | Self::Reencrypt | Self::Write | Self::Move | Self::Copy
        )
    }
}
