//! The ACL that objects are written with.

/// The ACL of an object that is written (OSS documentation: *Object ACL*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectAcl {
    /// Access for the bucket's owner and those whom policies allow, even in a bucket that is open to everyone.
    #[default]
    Private,
    /// The bucket's ACL applies: no ACL is sent.
    Default,
}

impl ObjectAcl {
    /// The value of the header `x-oss-object-acl`; `None` if it is not sent.
    pub(super) fn value(self) -> Option<&'static str> {
        match self {
            Self::Private => Some("private"),
            Self::Default => None,
        }
    }
}
