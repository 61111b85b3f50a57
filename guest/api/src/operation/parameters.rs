//! The parameters of operations.

use super::{Parameter, ParameterLocation, Schema};

const fn path(name: &'static str, description: &'static str, pattern: &'static str, longest: u32) -> Parameter {
    Parameter {
        name,
        location: ParameterLocation::Path,
        is_required: true,
        description,
        schema: Schema::Text { pattern, longest },
    }
}

const fn query(name: &'static str, description: &'static str, schema: Schema) -> Parameter {
    Parameter { name, location: ParameterLocation::Query, is_required: false, description, schema }
}

const fn header(name: &'static str, description: &'static str, pattern: &'static str, longest: u32) -> Parameter {
    Parameter {
        name,
        location: ParameterLocation::Header,
        is_required: false,
        description,
        schema: Schema::Text { pattern, longest },
    }
}

/// The longest name in characters. It is shorter than OSS's limit for names of objects, because the tenant's root comes
/// before the name.
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

/// A key in normal form, which does not begin with a backslash.
macro_rules! key {
    () => {
        concat!(component!(r"\\"), "(?:/", component!(""), ")*")
    };
}

pub(super) const KEY: Parameter = path(
    "key",
    "The key: components separated by `/`, which may be written as `/` or as `%2F`.",
    concat!("^", key!(), "$"),
    LONGEST_NAME,
);

pub(super) const BLOB_PATH: Parameter = path(
    "path",
    "The file's path, with or without the slash at its beginning. Slashes may be written as `/` or as `%2F`.",
    r"^/?[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*$",
    LONGEST_NAME,
);

pub(super) const LOCK_NAME: Parameter =
    path("name", "The lock's name: any string, with slashes written as `%2F`.", "", LONGEST_NAME);

pub(super) const UPLOAD: Parameter =
    path("upload", "The upload, as named in the response that began it.", r"^[A-Za-z0-9_-]+$", 4096);

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
    query("recursive", "Lists everything below the directory instead of only its own entries.", Schema::Switch);

pub(super) const RECURSIVE_DELETE: Parameter = query(
    "recursive",
    "Removes everything below the name as well. Without it, a name with something below is rejected or left unchanged.",
    Schema::Switch,
);

pub(super) const AFTER: Parameter = query(
    "after",
    "Leaves out everything up to and including this string, which is the `next` of the page before.",
    Schema::Text { pattern: "", longest: 1023 },
);

pub(super) const LIMIT: Parameter =
    query("limit", "The maximum number of entries on a page. Default: 1000.", Schema::Number { least: 1, most: 1000 });

/// The longest wait for a lock: clients and proxies do not keep a request open for longer than a few minutes.
pub(crate) const LONGEST_WAIT_MS: u64 = 300_000;

pub(super) const WAIT: Parameter = query(
    "wait_ms",
    "How long to wait for the lock's holder, in milliseconds. Default: 0, which does not wait.",
    Schema::Number { least: 0, most: LONGEST_WAIT_MS },
);

pub(super) const FENCING_TOKEN: Parameter = Parameter {
    is_required: true,
    ..query(
        "fencing_token",
        "The fencing token of the tenure to end, so that no other one is ended. 0 ends the tenure of an unreadable \
         lock.",
        // The largest integer that every JSON parser reads exactly.
        Schema::Number { least: 0, most: (1 << 53) - 1 },
    )
};

/// The request header with a lease.
pub(crate) const LEASE_HEADER: &str = "ossicle-lease";

pub(super) const LEASE: Parameter = header(
    LEASE_HEADER,
    "A lease of a lock. OSS rejects the change once the lease is over, however late the request arrives.",
    r"^[A-Za-z0-9_-]+$",
    // The lease of a lock with the longest name has about 5000 characters.
    8192,
);

pub(super) const LEASE_REQUIRED: Parameter = Parameter { is_required: true, description: "The lease.", ..LEASE };

/// The header with the offset of an upload.
pub(crate) const OFFSET_HEADER: &str = "upload-offset";

pub(super) const OFFSET: Parameter = Parameter {
    name: OFFSET_HEADER,
    location: ParameterLocation::Header,
    is_required: true,
    description: "The number of bytes that the upload has already.",
    schema: Schema::Number { least: 0, most: 52_428_800_000_000 },
};

const ETAGS: &str = r#"^(?:\*|(?:W/)?"[!#-~]*"(?:, *(?:W/)?"[!#-~]*")*|)$"#;

pub(super) const IF_MATCH: Parameter =
    header("if-match", "The request is performed only if the present state has one of these ETags.", ETAGS, 1024);

pub(super) const IF_NONE_MATCH: Parameter = header(
    "if-none-match",
    "The request is performed only if the present state has none of these ETags; `*`: only if nothing exists.",
    ETAGS,
    1024,
);

pub(super) const CREATE_ONLY: Parameter =
    Parameter { description: "`*`: only if nothing exists.", schema: Schema::Only("*"), ..IF_NONE_MATCH };

// Any string, because an invalid date is ignored.
const DATE: &str = "";

pub(super) const IF_MODIFIED_SINCE: Parameter = header(
    "if-modified-since",
    "The content is sent only if it was changed later. Ignored if there is an `If-None-Match`.",
    DATE,
    64,
);

pub(super) const IF_UNMODIFIED_SINCE: Parameter = header(
    "if-unmodified-since",
    "The request is performed only if there was no later change. Ignored if there is an `If-Match`.",
    DATE,
    64,
);

pub(super) const RANGE: Parameter = header(
    "range",
    "A range of bytes, `bytes=0-499`, `bytes=500-` or `bytes=-500`. Several ranges and other units are ignored.",
    "",
    128,
);

pub(super) const IF_RANGE: Parameter = header(
    "if-range",
    "The range is sent only if the present state has this ETag or time, and everything otherwise.",
    "",
    256,
);
