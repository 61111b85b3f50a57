//! Pages of a listing.

use super::OssTime;

/// How deep a listing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The files and directories directly in the directory.
    Children,
    /// Every file below the directory, and no directories.
    All,
}

/// What to list.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// The directory's path, or `/`.
    pub directory: &'a str,
    /// How deep.
    pub depth: Depth,
    /// Leaves out the entries that sort up to and including this string, which is compared with their paths, a directory's
    /// with `/` at its end: `/a/b/` leaves out the directory `/a/b`, and `/a/b` the file of that name alone. It need not be
    /// there.
    pub start_after: Option<&'a str>,
    /// How many entries at most: 1 to 1000.
    pub limit: u16,
}

/// Something in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub path: String,
    /// The file's size and `Last-Modified`; `None` for a directory.
    pub file: Option<(u64, OssTime)>,
}

/// A page of a listing, in the byte order of OSS's object names, where a directory's name ends with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries. Objects whose names are no paths are left out.
    pub entries: Vec<Entry>,
    /// Where to go on, as the next `start_after`; `None` if nothing follows.
    pub next: Option<String>,
    /// The `Date` of the response.
    pub date: OssTime,
}
