//! The settings: variables of the environment, by the native command's names and in its order. Words of a setting are those
//! of the WIT's cases; the native command reads them by the library, which does not exist here.

use crate::Problem;
use crate::bindings::ossicle::storage::blob_driver::BlobOptions;
use crate::bindings::ossicle::storage::cert_storage::{CertOptions, ClearValues, Encryption, KeyEncryption};
use crate::bindings::ossicle::storage::lock::LockOptions;
use crate::bindings::ossicle::storage::types::{
    Addressing, Config, CredentialSource, Credentials, EcsRole, Endpoint, Kms, ObjectAcl, ServerSideEncryption,
    SignatureVersion, StorageClass, Timeouts,
};
use crate::bindings::wasi::cli::environment::get_environment;
use ossicle_amounts::{parse_duration, parse_size};
use ossicle_terms::{Field, Given, environment};

/// The settings.
pub struct Settings {
    given: Given,
}

const ADDRESSING: [(&str, Addressing); 4] = [
    ("automatic", Addressing::Automatic),
    ("virtual-hosted", Addressing::VirtualHosted),
    ("path", Addressing::Path),
    ("custom-domain", Addressing::CustomDomain),
];

const SIGNATURES: [(&str, SignatureVersion); 2] = [("v4", SignatureVersion::V4), ("v1", SignatureVersion::V1)];

const ACLS: [(&str, ObjectAcl); 2] = [("private", ObjectAcl::Private), ("default", ObjectAcl::Default)];

const CLEAR_VALUES: [(&str, ClearValues); 3] =
    [("refused", ClearValues::Refused), ("recognised", ClearValues::Recognised), ("all", ClearValues::All)];

const STORAGE_CLASSES: [(&str, StorageClass); 5] = [
    ("standard", StorageClass::Standard),
    ("infrequent-access", StorageClass::InfrequentAccess),
    ("archive", StorageClass::Archive),
    ("cold-archive", StorageClass::ColdArchive),
    ("deep-cold-archive", StorageClass::DeepColdArchive),
];

/// How OSS encrypts, without the key.
#[derive(Clone, Copy)]
enum Way {
    Aes256,
    Sm4,
    Kms { sm4: bool },
}

const WAYS: [(&str, Way); 4] =
    [("aes256", Way::Aes256), ("sm4", Way::Sm4), ("kms", Way::Kms { sm4: false }), ("kms-sm4", Way::Kms { sm4: true })];

impl Settings {
    /// Gathers them. A host of WASI has no variables that are not UTF-8.
    pub fn gather() -> Result<Self, Problem> {
        let variables = get_environment();
        let variable =
            |name: &str| Ok(variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()));
        let sources = environment::read(variable).map_err(|error| Problem::of(error.field, "is not UTF-8"))?;
        Ok(Self { given: Given::merge(&sources) })
    }

    /// A problem that the storage has with a field.
    pub fn explain(&self, field: &str, reason: &str) -> Problem {
        let field = field.to_owned();
        let value = Field::of_problem(&field).iter().find_map(|field| self.given.get(*field));
        Problem { field, reason: reason.to_owned(), origin: value.map(|value| value.origin.clone()), hint: None }
    }

    /// The config.
    pub fn config(&self) -> Result<Config, Problem> {
        let bucket = self.needed(Field::Bucket)?;
        let region = self.needed(Field::Region)?;
        Ok(Config {
            bucket,
            region,
            endpoint: self.text(Field::Endpoint).map(endpoint),
            addressing: self.word(Field::Addressing, &ADDRESSING)?,
            secure: None,
            root: self.text(Field::Root).map(str::to_owned),
            signature: self.word(Field::Signature, &SIGNATURES)?,
            credentials: self.credentials()?,
            roles: Vec::new(),
            timeouts: Timeouts { connect: None, first_byte: None, between_bytes: None, operation: None },
            attempts: None,
            acl: self.word(Field::Acl, &ACLS)?,
        })
    }

    /// How certificates are encrypted. A setting of it that would be left unheeded is a problem: nobody who wrote it wants
    /// values in clear.
    pub fn encryption(&self) -> Result<Option<Encryption>, Problem> {
        for (file, instead) in [(Field::KeySetFile, Field::KeySet), (Field::KeyEncryptionFile, Field::KeyEncryption)] {
            if self.given.get(file).is_some() {
                let mut problem = self.problem(file, "names a file, and this component reads none");
                problem.hint = variable_of(instead).map(|name| format!("give its content in {name}"));
                return Err(problem);
            }
        }
        let details = [Field::KeyEncryption, Field::KeyEncryptionData, Field::ClearValues];
        let Some(key_set) = self.text(Field::KeySet) else {
            return match details.into_iter().find(|field| self.given.get(*field).is_some()) {
                Some(field) => Err(self.problem(field, "is given, and no key set is")),
                None => Ok(None),
            };
        };
        let key_encryption = match (self.text(Field::KeyEncryption), self.text(Field::KeyEncryptionData)) {
            (Some(key_set), data) => Some(KeyEncryption {
                key_set: key_set.into(),
                associated_data: data.map(|data| data.as_bytes().to_vec()),
            }),
            (None, Some(_)) => {
                let reason = "is given, and no key set to open the encrypted one with";
                return Err(self.problem(Field::KeyEncryptionData, reason));
            }
            (None, None) => None,
        };
        let clear_values = self.word(Field::ClearValues, &CLEAR_VALUES)?;
        Ok(Some(Encryption { key_set: key_set.into(), key_encryption, clear_values }))
    }

    /// How certificates are kept.
    pub fn cert_options(&self) -> Result<CertOptions, Problem> {
        let key_id = self.text(Field::CertKmsKeyId).map(str::to_owned);
        let kms = |sm4| ServerSideEncryption::Kms(Kms { key_id: key_id.clone(), sm4 });
        let way = self.word(Field::CertEncryption, &WAYS)?;
        if key_id.is_some() && !matches!(way, Some(Way::Kms { .. })) {
            return Err(self.problem(Field::CertKmsKeyId, "is of use with the encryption kms or kms-sm4 alone"));
        }
        let server_side_encryption = way.map(|way| match way {
            Way::Aes256 => ServerSideEncryption::Aes256,
            Way::Sm4 => ServerSideEncryption::Sm4,
            Way::Kms { sm4 } => kms(sm4),
        });
        let storage_class = self.word(Field::CertStorageClass, &STORAGE_CLASSES)?;
        Ok(CertOptions { encryption: self.encryption()?, storage_class, server_side_encryption })
    }

    /// The options of locks.
    pub fn lock_options(&self) -> Result<LockOptions, Problem> {
        let folder = self.text(Field::LockFolder).map(str::to_owned);
        let milliseconds = |text: &str| u64::try_from(parse_duration(text).ok()?.as_millis()).ok();
        let lease = self.read(Field::LockLease, milliseconds, "must be a span of time such as 30s")?;
        Ok(LockOptions { lease, poll_min: None, poll_max: None, folder, interlock: None })
    }

    /// The options of blobs.
    pub fn blob_options(&self) -> Result<BlobOptions, Problem> {
        let part_size = self.read(
            Field::PartSize,
            |text| parse_size(text).ok(),
            "must be a number of bytes or a size such as 20MiB",
        )?;
        Ok(BlobOptions {
            part_size,
            parts_in_flight: self.read(Field::PartsInFlight, |text| text.parse().ok(), "must be 1 to 64")?,
            storage_class: None,
            encryption: None,
            copy_threshold: None,
            copy_part_size: None,
            part_md5: None,
            url_endpoint: self.text(Field::UrlEndpoint).map(endpoint),
            url_addressing: self.word(Field::UrlAddressing, &ADDRESSING)?,
        })
    }

    /// Whether the key that signs is a temporary one, whose end nobody knows.
    pub fn has_token(&self) -> bool {
        self.text(Field::SecurityToken).is_some()
    }

    fn credentials(&self) -> Result<CredentialSource, Problem> {
        match self.text(Field::Source) {
            None | Some("fixed") => Ok(CredentialSource::Fixed(Credentials {
                access_key_id: self.needed(Field::AccessKeyId)?,
                access_key_secret: self.needed(Field::AccessKeySecret)?,
                security_token: self.text(Field::SecurityToken).map(str::to_owned),
            })),
            Some("ecs-role") => {
                Ok(CredentialSource::EcsRole(EcsRole { role: None, hardened_only: false, endpoint: None }))
            }
            Some(_) => Err(self.problem(Field::Source, "must be fixed or ecs-role: this component has no files")),
        }
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.given.get(field).map(|value| value.text.as_str())
    }

    fn needed(&self, field: Field) -> Result<String, Problem> {
        self.text(field).map(str::to_owned).ok_or_else(|| {
            let mut problem = Problem::of(field, "is missing");
            problem.hint = variable_of(field).map(|name| format!("set {name}"));
            problem
        })
    }

    fn word<T: Copy>(&self, field: Field, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let known = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.read(field, known, &format!("must be one of {}", names.join(", ")))
    }

    fn read<T>(&self, field: Field, read: impl Fn(&str) -> Option<T>, must: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(field) else { return Ok(None) };
        read(text).map(Some).ok_or_else(|| self.problem(field, must))
    }

    fn problem(&self, field: Field, reason: &str) -> Problem {
        let origin = self.given.get(field).map(|value| value.origin.clone());
        Problem { origin, ..Problem::of(field, reason) }
    }
}

/// The first variable of a field.
fn variable_of(field: Field) -> Option<&'static str> {
    field.variables().first().copied()
}

/// One of OSS's hosts by its word, or a host. A slash at its end is how many write a URL, and leads nowhere else.
fn endpoint(text: &str) -> Endpoint {
    match text.strip_suffix('/').unwrap_or(text) {
        "public" => Endpoint::Public,
        "internal" => Endpoint::Internal,
        "dual-stack" => Endpoint::DualStack,
        "accelerate" => Endpoint::Accelerate,
        "accelerate-overseas" => Endpoint::AccelerateOverseas,
        host => Endpoint::Custom(host.to_owned()),
    }
}
