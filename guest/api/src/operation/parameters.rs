//! Parameters that operations have.

use super::{Parameter, Place, Schema};

const fn path(name: &'static str, description: &'static str, pattern: &'static str, longest: u32) -> Parameter {
    Parameter { name, place: Place::Path, is_required: true, description, schema: Schema::Text { pattern, longest } }
}

const fn query(name: &'static str, description: &'static str, schema: Schema) -> Parameter {
    Parameter { name, place: Place::Query, is_required: false, description, schema }
}

const fn header(name: &'static str, description: &'static str, pattern: &'static str, longest: u32) -> Parameter {
    Parameter { name, place: Place::Header, is_required: false, description, schema: Schema::Text { pattern, longest } }
}

/// The longest name in characters: shorter than what OSS takes by what a tenant's root may be long.
pub(crate) const LONGEST_NAME: u32 = 900;

/// A component of a key: neither empty nor `.` nor `..`, and without control characters.
macro_rules! component {
    ($first:literal) => {
        concat!(
            r"(?:[^/.\x00-\x1f\x7f-\x9f",
            $first,
            r"][^/\x00-\x1f\x7f-\x9f]*",
            r"|\.[^/.\x00-\x1f\x7f-\x9f][^/\x00-\x1f\x7f-\x9f]*|\.\.[^/\x00-\x1f\x7f-\x9f]+)"
        )
    };
}

/// A key in normal form. No backslash is in front.
macro_rules! key {
    () => {
        concat!(component!(r"\\"), "(?:/", component!(""), ")*")
    };
}

pub(super) const KEY: Parameter = path(
    "key",
    "The key: components with `/` between them, which may stand as they are or as `%2F`.",
    concat!("^", key!(), "$"),
    LONGEST_NAME,
);

pub(super) const BLOB_PATH: Parameter = path(
    "path",
    "The file's path, with or without the slash in front. Its slashes may stand as they are or as `%2F`.",
    r"^/?[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*$",
    LONGEST_NAME,
);

pub(super) const LOCK_NAME: Parameter =
    path("name", "The lock's name: any string, with its slashes as `%2F`.", "", LONGEST_NAME);

pub(super) const UPLOAD: Parameter =
    path("upload", "The upload, as the response that began it names it.", r"^[A-Za-z0-9_-]+$", 4096);

pub(super) const PREFIX: Parameter = query(
    "prefix",
    "The directory of keys to list. Default: all keys.",
    Schema::Text { pattern: concat!("^(?:", key!(), ")?$"), longest: LONGEST_NAME },
);

pub(super) const DIRECTORY: Parameter = query(
    "directory",
    "The directory's path. Default: `/`.",
    Schema::Text { pattern: r"^(?:/|(?:/[A-Za-z0-9._-]+)+)$", longest: LONGEST_NAME },
);

pub(super) const RECURSIVE_LIST: Parameter =
    query("recursive", "Everything below the directory instead of what is directly in it.", Schema::Switch);

pub(super) const RECURSIVE_DELETE: Parameter = query(
    "recursive",
    "Removes everything below the name as well. Without it a name with something below it is refused or left as it is.",
    Schema::Switch,
);

pub(super) const AFTER: Parameter = query(
    "after",
    "Leaves out what comes up to and including this string: the `next` of the page before.",
    Schema::Text { pattern: "", longest: 1023 },
);

pub(super) const LIMIT: Parameter =
    query("limit", "The most entries of a page. Default: 1000.", Schema::Number { least: 1, most: 1000 });

/// No client or proxy keeps a request open for longer than some minutes.
pub(crate) const LONGEST_WAIT_MS: u64 = 300_000;

pub(super) const WAIT: Parameter = query(
    "wait_ms",
    "How long to wait for the lock's holder, in milliseconds. Default: 0, which only tries.",
    Schema::Number { least: 0, most: LONGEST_WAIT_MS },
);

pub(super) const FENCING_TOKEN: Parameter = Parameter {
    is_required: true,
    ..query(
        "fencing_token",
        "The fencing token of the tenure to end, so that nobody else's is ended. 0 ends what an unreadable lock may stand for.",
        // What JSON's numbers can say.
        Schema::Number { least: 0, most: (1 << 53) - 1 },
    )
};

/// The header that has a lease.
pub(crate) const LEASE_HEADER: &str = "ossicle-lease";

pub(super) const LEASE: Parameter = header(
    LEASE_HEADER,
    "A lease of a lock. OSS refuses the change once the lease is over, however late it arrives.",
    r"^[A-Za-z0-9_-]+$",
    // That of a lock with the longest name takes some 5000.
    8192,
);

pub(super) const LEASE_REQUIRED: Parameter = Parameter { is_required: true, description: "The lease.", ..LEASE };

/// The header that has an upload's offset.
pub(crate) const OFFSET_HEADER: &str = "upload-offset";

pub(super) const OFFSET: Parameter = Parameter {
    name: OFFSET_HEADER,
    place: Place::Header,
    is_required: true,
    description: "How many bytes are there already.",
    schema: Schema::Number { least: 0, most: 52_428_800_000_000 },
};

const ETAGS: &str = r#"^(?:\*|(?:W/)?"[!#-~]*"(?:, *(?:W/)?"[!#-~]*")*|)$"#;

pub(super) const IF_MATCH: Parameter = header("if-match", "Only what has one of these ETags.", ETAGS, 1024);

pub(super) const IF_NONE_MATCH: Parameter =
    header("if-none-match", "Only what has none of these ETags; `*`: only where there is nothing.", ETAGS, 1024);

pub(super) const CREATE_ONLY: Parameter =
    Parameter { description: "`*`: only where there is nothing.", schema: Schema::Only("*"), ..IF_NONE_MATCH };

// Any string: one that is no date is as none.
const DATE: &str = "";

pub(super) const IF_MODIFIED_SINCE: Parameter =
    header("if-modified-since", "Only what was changed later. Heeded where there is no `If-None-Match`.", DATE, 64);

pub(super) const IF_UNMODIFIED_SINCE: Parameter =
    header("if-unmodified-since", "Only what was not changed later. Heeded where there is no `If-Match`.", DATE, 64);

pub(super) const RANGE: Parameter = header(
    "range",
    "A range of bytes, `bytes=0-499`, `bytes=500-` or `bytes=-500`. Several ranges and other units are ignored.",
    "",
    128,
);

pub(super) const IF_RANGE: Parameter =
    header("if-range", "Serves the range only of what has this ETag or time, and everything otherwise.", "", 256);
