//! What a bucket is to be like.

use crate::auth::AccessKey;
use crate::store::Versioning;

/// A bucket to make at the start.
#[derive(Clone, Debug)]
pub struct BucketSpec {
    pub(crate) name: String,
    pub(crate) region: Option<String>,
    pub(crate) owner: String,
    pub(crate) versioning: Versioning,
    pub(crate) public_endpoint_forbidden: bool,
}

impl BucketSpec {
    /// A bucket that was never versioned, in the emulator's region, of the default account.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            region: None,
            owner: AccessKey::DEFAULT_OWNER.into(),
            versioning: Versioning::Never,
            public_endpoint_forbidden: false,
        }
    }

    /// The region, such as `cn-hangzhou`.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The account the bucket belongs to.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    /// Whether it keeps versions.
    #[must_use]
    pub fn versioning(mut self, versioning: Versioning) -> Self {
        self.versioning = versioning;
        self
    }

    /// Refuses object operations through the public endpoint of its region, as OSS does for the buckets of new users
    /// in mainland regions.
    #[must_use]
    pub fn public_endpoint_forbidden(mut self) -> Self {
        self.public_endpoint_forbidden = true;
        self
    }
}
