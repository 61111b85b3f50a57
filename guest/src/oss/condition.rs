//! The conditions for reading an object.

/// The conditions for reading an object, by its ETag (OSS documentation: *GetObject*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition<'a> {
    /// The ETag that the object must have, quoted; otherwise OSS answers 412.
    pub if_match: Option<&'a str>,
    /// The ETag that the object must not have, quoted; otherwise OSS answers 304.
    pub if_none_match: Option<&'a str>,
}
