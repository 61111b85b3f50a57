//! Pages of a listing.

use super::OssTime;

/// Which levels of a directory a listing contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The files and directories directly in the directory.
    Children,
    /// Every file below the directory, and no directories.
    All,
}

/// The parameters of a listing.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// The directory's path, or `/`.
    pub directory: &'a str,
    /// Which levels of the directory.
    pub depth: Depth,
    /// Leaves out the entries that sort up to and including this string. It is compared with their paths, and a
    /// directory's path ends with `/`: `/a/b/` leaves out the directory `/a/b`, and `/a/b` only the file of that name.
    /// The string need not be the path of an entry.
    pub start_after: Option<&'a str>,
    /// The maximum number of entries: 1 to 1000.
    pub limit: u16,
}

/// An entry of a directory.
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
    /// The entries. Objects whose names are not paths are left out.
    pub entries: Vec<Entry>,
    /// The `start_after` of the next page; `None` if nothing follows.
    pub next: Option<String>,
    /// The `Date` of the response.
    pub date: OssTime,
}
