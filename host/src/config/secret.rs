use crate::error::ConfigProblem;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes that are secret: given, or in a file that is read whenever an instance of the component starts. They never show
/// in `Debug` output and are wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Bytes(Arc<Zeroizing<Vec<u8>>>),
    File(PathBuf),
}

/// More than any secret has: the component takes key sets of 256 KiB.
const LIMIT: u64 = 1 << 20;

impl Secret {
    /// The bytes themselves.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Kind::Bytes(Arc::new(Zeroizing::new(bytes.into()))))
    }

    /// A file that holds them.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::File(path.into()))
    }

    /// The file, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Bytes(_) => None,
            Kind::File(path) => Some(path),
        }
    }

    pub(crate) fn read(&self, field: &str) -> Result<Zeroizing<Vec<u8>>, ConfigProblem> {
        let path = match &self.0 {
            Kind::Bytes(bytes) => return Ok(Zeroizing::clone(bytes)),
            Kind::File(path) => path,
        };
        let refused = |what: String| ConfigProblem::new(field, format!("the file {} {what}", path.display()));
        let unreadable = |error: std::io::Error| refused(format!("can't be read: {error}"));
        let file = File::open(path).map_err(unreadable)?;
        // With room for all of it nothing is left behind by growing.
        let expected = file.metadata().map_err(unreadable)?.len().min(LIMIT);
        let mut bytes = Zeroizing::new(Vec::with_capacity(expected as usize + 64));
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LIMIT {
            return Err(refused(format!("has more than {LIMIT} bytes")));
        }
        Ok(bytes)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::bytes(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bytes(_) => f.write_str("[redacted]"),
            Kind::File(path) => write!(f, "the file {path:?}"),
        }
    }
}
