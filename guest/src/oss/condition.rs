//! On which condition an object is read.

/// On which condition an object is read, by its ETag (OSS documentation: *GetObject*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Only with this one, quoted; otherwise OSS answers 412.
    pub if_match: Option<&'a str>,
    /// Only with another one, quoted; otherwise OSS answers 304.
    pub if_none_match: Option<&'a str>,
}
