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
    /// `acl`
    Acl,
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
    /// `credentials.source`
    Source,
    /// `credentials.role`
    Role,
    /// `credentials.hardened-only`
    HardenedOnly,
    /// `credentials.role-arn`
    RoleArn,
    /// `credentials.provider-arn`
    ProviderArn,
    /// `credentials.token-file`
    TokenFile,
    /// `credentials.session-name`
    SessionName,
    /// `credentials.duration-seconds`
    DurationSeconds,
    /// `credentials.policy`
    Policy,
    /// `credentials.external-id`
    ExternalId,
    /// `credentials.endpoint`
    CredentialsEndpoint,
    /// `credentials.uri`
    CredentialsUri,
    /// `encryption.key-set`
    KeySet,
    /// `encryption.key-set-file`
    KeySetFile,
    /// `encryption.key-encryption-key-set`
    KeyEncryption,
    /// `encryption.key-encryption-key-set-file`
    KeyEncryptionFile,
    /// `encryption.key-encryption-associated-data`
    KeyEncryptionData,
    /// `encryption.clear-values`
    ClearValues,
    /// `certificates.storage-class`
    CertStorageClass,
    /// `certificates.server-side-encryption`
    CertEncryption,
    /// `certificates.kms-key-id`
    CertKmsKeyId,
    /// `blobs.part-size`
    PartSize,
    /// `blobs.parts-in-flight`
    PartsInFlight,
    /// `blobs.storage-class`
    StorageClass,
    /// `blobs.encryption`
    Encryption,
    /// `blobs.kms-key-id`
    KmsKeyId,
    /// `blobs.copy-threshold`
    CopyThreshold,
    /// `blobs.copy-part-size`
    CopyPartSize,
    /// `blobs.part-md5`
    PartMd5,
    /// `blobs.url-endpoint`
    UrlEndpoint,
    /// `blobs.url-addressing`
    UrlAddressing,
}

/// What a file may have in a field's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A string that is a file's path. A relative one in a config file begins at that file's folder.
    Path,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Truth,
    /// A string, or a number of milliseconds.
    Span,
    /// A string, or a number of bytes.
    Size,
}

impl Field {
    /// The table that turns the interlock on.
    pub const INTERLOCK: &str = "locks.interlock";

    /// Every field.
    pub const ALL: [Self; 53] = [
        Self::Bucket,
        Self::Region,
        Self::Endpoint,
        Self::Addressing,
        Self::Secure,
        Self::Root,
        Self::Signature,
        Self::Attempts,
        Self::Acl,
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
        Self::Source,
        Self::Role,
        Self::HardenedOnly,
        Self::RoleArn,
        Self::ProviderArn,
        Self::TokenFile,
        Self::SessionName,
        Self::DurationSeconds,
        Self::Policy,
        Self::ExternalId,
        Self::CredentialsEndpoint,
        Self::CredentialsUri,
        Self::KeySet,
        Self::KeySetFile,
        Self::KeyEncryption,
        Self::KeyEncryptionFile,
        Self::KeyEncryptionData,
        Self::ClearValues,
        Self::CertStorageClass,
        Self::CertEncryption,
        Self::CertKmsKeyId,
        Self::PartSize,
        Self::PartsInFlight,
        Self::StorageClass,
        Self::Encryption,
        Self::KmsKeyId,
        Self::CopyThreshold,
        Self::CopyPartSize,
        Self::PartMd5,
        Self::UrlEndpoint,
        Self::UrlAddressing,
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
            Self::Acl => "acl",
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
            Self::Source => "credentials.source",
            Self::Role => "credentials.role",
            Self::HardenedOnly => "credentials.hardened-only",
            Self::RoleArn => "credentials.role-arn",
            Self::ProviderArn => "credentials.provider-arn",
            Self::TokenFile => "credentials.token-file",
            Self::SessionName => "credentials.session-name",
            Self::DurationSeconds => "credentials.duration-seconds",
            Self::Policy => "credentials.policy",
            Self::ExternalId => "credentials.external-id",
            Self::CredentialsEndpoint => "credentials.endpoint",
            Self::CredentialsUri => "credentials.uri",
            Self::KeySet => "encryption.key-set",
            Self::KeySetFile => "encryption.key-set-file",
            Self::KeyEncryption => "encryption.key-encryption-key-set",
            Self::KeyEncryptionFile => "encryption.key-encryption-key-set-file",
            Self::KeyEncryptionData => "encryption.key-encryption-associated-data",
            Self::ClearValues => "encryption.clear-values",
            Self::CertStorageClass => "certificates.storage-class",
            Self::CertEncryption => "certificates.server-side-encryption",
            Self::CertKmsKeyId => "certificates.kms-key-id",
            Self::PartSize => "blobs.part-size",
            Self::PartsInFlight => "blobs.parts-in-flight",
            Self::StorageClass => "blobs.storage-class",
            Self::Encryption => "blobs.encryption",
            Self::KmsKeyId => "blobs.kms-key-id",
            Self::CopyThreshold => "blobs.copy-threshold",
            Self::CopyPartSize => "blobs.copy-part-size",
            Self::PartMd5 => "blobs.part-md5",
            Self::UrlEndpoint => "blobs.url-endpoint",
            Self::UrlAddressing => "blobs.url-addressing",
        }
    }

    /// The field of a name in a file.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The fields that a problem of the component's may be about: there they have the contents, here these or a file.
    pub fn of_problem(name: &str) -> &'static [Self] {
        const ALL: &[Field] = &Field::ALL;
        match name {
            "encryption.key-set" => &[Self::KeySet, Self::KeySetFile],
            "encryption.key-encryption.key-set" => &[Self::KeyEncryption, Self::KeyEncryptionFile],
            "server-side-encryption.kms.key-id" => &[Self::CertKmsKeyId],
            "credentials.token" => &[Self::TokenFile],
            "roles.role-arn" => &[Self::RoleArn],
            "roles.session-name" => &[Self::SessionName],
            "roles.duration-seconds" => &[Self::DurationSeconds],
            "roles.external-id" => &[Self::ExternalId],
            "roles.endpoint" => &[Self::CredentialsEndpoint],
            _ => ALL.iter().find(|field| field.name() == name).map_or(&[], std::slice::from_ref),
        }
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
            Self::Acl => &["OSSICLE_ACL"],
            Self::AccessKeyId => &["OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"],
            Self::AccessKeySecret => &["OSS_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            Self::SecurityToken => &["OSS_SESSION_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN"],
            Self::LockFolder => &["OSSICLE_LOCK_FOLDER"],
            Self::LockLease => &["OSSICLE_LOCK_LEASE"],
            Self::Source => &["OSSICLE_CREDENTIALS"],
            Self::KeySet => &["OSSICLE_KEY_SET"],
            Self::KeySetFile => &["OSSICLE_KEY_SET_FILE"],
            Self::KeyEncryption => &["OSSICLE_KEY_ENCRYPTION_KEY_SET"],
            Self::KeyEncryptionFile => &["OSSICLE_KEY_ENCRYPTION_KEY_SET_FILE"],
            Self::KeyEncryptionData => &["OSSICLE_KEY_ENCRYPTION_ASSOCIATED_DATA"],
            Self::ClearValues => &["OSSICLE_CLEAR_VALUES"],
            Self::CertStorageClass => &["OSSICLE_CERT_STORAGE_CLASS"],
            Self::CertEncryption => &["OSSICLE_CERT_SERVER_SIDE_ENCRYPTION"],
            Self::CertKmsKeyId => &["OSSICLE_CERT_KMS_KEY_ID"],
            Self::PartSize => &["OSSICLE_PART_SIZE"],
            Self::PartsInFlight => &["OSSICLE_PARTS_IN_FLIGHT"],
            Self::UrlEndpoint => &["OSSICLE_URL_ENDPOINT"],
            Self::UrlAddressing => &["OSSICLE_URL_ADDRESSING"],
            // The rest have none; those of the credentials are looked up where a source is chosen.
            _ => &[],
        }
    }

    /// What a file may have in its place.
    pub fn kind(self) -> Kind {
        match self {
            Self::Secure | Self::HardenedOnly | Self::PartMd5 => Kind::Truth,
            Self::TokenFile | Self::KeySetFile | Self::KeyEncryptionFile => Kind::Path,
            Self::Attempts | Self::DurationSeconds | Self::PartsInFlight => Kind::Number,
            Self::PartSize | Self::CopyThreshold | Self::CopyPartSize => Kind::Size,
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
            Self::Path => "a file's path, a string",
            Self::Number => "a whole number",
            Self::Truth => "true or false",
            Self::Span => "a span of time such as \"5s\" or \"250ms\"",
            Self::Size => "a number of bytes or a size such as \"20MiB\"",
        }
    }
}
