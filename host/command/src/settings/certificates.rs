//! How OSS keeps certificates: flags, and options of what was given.

use super::flags::Flags;
use super::gather::Settings;
use super::problem::Problem;
use super::reading::word;
use super::server_side;
use clap::Args;
use clap::builder::PossibleValuesParser;
use ossicle::{CertificateOptions, StorageClass};
use ossicle_terms::{Field, Given, Origin};

/// How OSS keeps certificates.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Storing")]
pub struct CertificateFlags {
    /// The class of what is stored [env: OSSICLE_CERT_STORAGE_CLASS] [default: the bucket's]
    #[arg(long, global = true, hide_short_help = true, value_name = "CLASS", value_parser = PossibleValuesParser::new(server_side::CLASSES))]
    storage_class: Option<String>,

    /// How OSS encrypts what is stored, with a key set or without [env: OSSICLE_CERT_SERVER_SIDE_ENCRYPTION]
    /// [default: as the bucket is set]
    #[arg(long, global = true, hide_short_help = true, value_name = "WAY", value_parser = PossibleValuesParser::new(server_side::WAYS))]
    server_side_encryption: Option<String>,

    /// The key of the key management service, for --server-side-encryption kms [env: OSSICLE_CERT_KMS_KEY_ID]
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    kms_key_id: Option<String>,
}

impl CertificateFlags {
    fn given(&self) -> Given {
        let mut given = Given::default();
        for (field, flag, text) in [
            (Field::CertStorageClass, "--storage-class", &self.storage_class),
            (Field::CertEncryption, "--server-side-encryption", &self.server_side_encryption),
            (Field::CertKmsKeyId, "--kms-key-id", &self.kms_key_id),
        ] {
            if let Some(text) = text {
                given.put(field, text, Origin::Flag(flag));
            }
        }
        given
    }
}

impl Settings {
    /// Gathers them with how OSS keeps certificates.
    pub fn gather_for_certificates(flags: &Flags, certificates: &CertificateFlags) -> Result<Self, Problem> {
        let settings = Self::gather_with(flags, certificates.given())?;
        settings.check()?;
        Ok(settings)
    }
}

/// The options.
pub fn read(given: &Given) -> Result<CertificateOptions, Problem> {
    let encryption = server_side::read::<CertificateOptions>(given, Field::CertEncryption, Field::CertKmsKeyId)?;
    let mut options = encryption.unwrap_or_default();
    if let Some(value) = given.get(Field::CertStorageClass) {
        options.storage_class = Some(word::<StorageClass>(Field::CertStorageClass, value)?);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossicle::{Kms, ServerSideEncryption};

    fn told(fields: &[(Field, &str)]) -> Result<CertificateOptions, String> {
        let mut given = Given::default();
        for (field, text) in fields {
            given.put(*field, *text, Origin::Flag("--x"));
        }
        read(&given).map_err(|problem| problem.to_string())
    }

    #[test]
    fn options_are_read_and_mistakes_are_named() {
        let given = [
            (Field::CertStorageClass, "infrequent-access"),
            (Field::CertEncryption, "kms"),
            (Field::CertKmsKeyId, "key"),
        ];
        let expected = CertificateOptions::new().storage_class(StorageClass::InfrequentAccess);
        let kms = ServerSideEncryption::Kms(Kms::new().key_id("key"));
        assert_eq!(told(&given), Ok(expected.server_side_encryption(kms)));
        assert_eq!(told(&[]), Ok(CertificateOptions::new()));
        for (fields, named) in [
            (&[(Field::CertStorageClass, "cold")][..], "certificates.storage-class: "),
            (&[(Field::CertEncryption, "rot13")], "certificates.server-side-encryption: "),
            (&[(Field::CertKmsKeyId, "k")], "certificates.kms-key-id: "),
        ] {
            let problem = told(fields).unwrap_err();
            assert!(problem.starts_with(named), "{problem}");
        }
    }
}
