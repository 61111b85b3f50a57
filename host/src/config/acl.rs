use serde::Deserialize;

/// The ACL of the objects that are written: values, files, copies, uploads and new locks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ObjectAcl {
    /// Only the bucket's owner and whom a policy allows can read them, also in a bucket that is open to all.
    #[default]
    Private,
    /// None is sent, and the bucket's ACL counts: OSS's `default`.
    Default,
}
