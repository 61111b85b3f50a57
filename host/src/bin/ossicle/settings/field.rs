//! The fields of a config, by every name they have.

/// A field of a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `bucket`
    Bucket,
    /// `region`
    Region,
    /// `endpoint`
    Endpoint,
    /// `addressing`
    Addressing,
    /// `secure`
    Secure,
    /// `root`
    Root,
    /// `signature`
    Signature,
    /// `attempts`
    Attempts,
    /// `timeouts.connect`
    Connect,
    /// `timeouts.first-byte`
    FirstByte,
    /// `timeouts.between-bytes`
    BetweenBytes,
    /// `timeouts.operation`
    Operation,
    /// `credentials.access-key-id`
    AccessKeyId,
    /// `credentials.access-key-secret`
    AccessKeySecret,
    /// `credentials.security-token`
    SecurityToken,
    /// `locks.folder`
    LockFolder,
    /// `locks.lease`
    LockLease,
    /// `locks.poll-min`
    LockPollMin,
    /// `locks.poll-max`
    LockPollMax,
    /// `locks.interlock.expiration`
    InterlockExpiration,
    /// `locks.interlock.settle`
    InterlockSettle,
}

/// What a file may have in a field's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Truth,
    /// A string, or a number of milliseconds.
    Span,
}

impl Field {
    /// The table that turns the interlock on.
    pub const INTERLOCK: &str = "locks.interlock";

    /// Every field.
    pub const ALL: [Self; 21] = [
        Self::Bucket,
        Self::Region,
        Self::Endpoint,
        Self::Addressing,
        Self::Secure,
        Self::Root,
        Self::Signature,
        Self::Attempts,
        Self::Connect,
        Self::FirstByte,
        Self::BetweenBytes,
        Self::Operation,
        Self::AccessKeyId,
        Self::AccessKeySecret,
        Self::SecurityToken,
        Self::LockFolder,
        Self::LockLease,
        Self::LockPollMin,
        Self::LockPollMax,
        Self::InterlockExpiration,
        Self::InterlockSettle,
    ];

    /// Its name in a file, and in the component's errors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Region => "region",
            Self::Endpoint => "endpoint",
            Self::Addressing => "addressing",
            Self::Secure => "secure",
            Self::Root => "root",
            Self::Signature => "signature",
            Self::Attempts => "attempts",
            Self::Connect => "timeouts.connect",
            Self::FirstByte => "timeouts.first-byte",
            Self::BetweenBytes => "timeouts.between-bytes",
            Self::Operation => "timeouts.operation",
            Self::AccessKeyId => "credentials.access-key-id",
            Self::AccessKeySecret => "credentials.access-key-secret",
            Self::SecurityToken => "credentials.security-token",
            Self::LockFolder => "locks.folder",
            Self::LockLease => "locks.lease",
            Self::LockPollMin => "locks.poll-min",
            Self::LockPollMax => "locks.poll-max",
            Self::InterlockExpiration => "locks.interlock.expiration",
            Self::InterlockSettle => "locks.interlock.settle",
        }
    }

    /// The field of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The environment variables it is read from, in the order they count: as OSS's SDKs and samples name them, then as
    /// Alibaba Cloud's credentials libraries do, and Ossicle's own for what neither has.
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Bucket => &["OSS_BUCKET"],
            Self::Region => &["OSS_REGION"],
            Self::Endpoint => &["OSS_ENDPOINT"],
            Self::Addressing => &["OSSICLE_ADDRESSING"],
            Self::Root => &["OSSICLE_ROOT"],
            Self::Signature => &["OSSICLE_SIGNATURE"],
            Self::AccessKeyId => &["OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
            Self::AccessKeySecret => &["OSS_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            Self::SecurityToken => &["OSS_SESSION_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"],
            Self::LockFolder => &["OSSICLE_LOCK_FOLDER"],
            Self::LockLease => &["OSSICLE_LOCK_LEASE"],
            Self::LockPollMin | Self::LockPollMax | Self::InterlockExpiration | Self::InterlockSettle => &[],
            Self::Secure | Self::Attempts | Self::Connect | Self::FirstByte | Self::BetweenBytes | Self::Operation => {
                &[]
            }
        }
    }

    /// What a file may have in its place.
    pub fn kind(self) -> Kind {
        match self {
            Self::Secure => Kind::Truth,
            Self::Attempts => Kind::Number,
            Self::Connect | Self::FirstByte | Self::BetweenBytes | Self::Operation => Kind::Span,
            Self::LockLease | Self::LockPollMin | Self::LockPollMax => Kind::Span,
            Self::InterlockExpiration | Self::InterlockSettle => Kind::Span,
            _ => Kind::Text,
        }
    }

    /// Whether it is part of the access key, which is taken whole from one place.
    pub fn is_credential(self) -> bool {
        matches!(self, Self::AccessKeyId | Self::AccessKeySecret | Self::SecurityToken)
    }
}

impl Kind {
    /// As in "must be a string".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a whole number",
            Self::Truth => "true or false",
            Self::Span => "a span of time such as \"5s\" or \"250ms\"",
        }
    }
}
