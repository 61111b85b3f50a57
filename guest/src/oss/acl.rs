//! The ACL that objects are written with.

/// Who may do what with an object that is written (OSS documentation: *Object ACL*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectAcl {
    /// Only the bucket's owner and whom policies allow, also in a bucket that is open to all.
    #[default]
    Private,
    /// The bucket's ACL counts: no ACL is sent.
    Default,
}

impl ObjectAcl {
    /// The value of the header `x-oss-object-acl`; none where it is not sent.
    pub(super) fn value(self) -> Option<&'static str> {
        match self {
            Self::Private => Some("private"),
            Self::Default => None,
        }
    }
}
