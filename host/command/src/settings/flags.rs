//! Settings on the command line.

use super::credentials::SOURCES;
use super::lock_flags::LockFlags;
use clap::Args;
use clap::builder::PossibleValuesParser;
use ossicle_terms::{Field, Given, Origin};
use std::path::PathBuf;

/// Where the bucket is and how to reach it. There is no flag for the access key: a command line is seen by everybody on
/// the machine and kept in the shell's history.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Bucket")]
pub struct Flags {
    /// The config file [env: OSSICLE_CONFIG] [default: ossicle/ossicle.toml in the user's config folder]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// The bucket's name [env: OSS_BUCKET]
    #[arg(long, global = true, value_name = "NAME")]
    bucket: Option<String>,

    /// The bucket's region, such as cn-hangzhou [env: OSS_REGION]
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,

    /// public, internal, dual-stack, accelerate, accelerate-overseas, or a host: oss-cn-hangzhou.aliyuncs.com,
    /// or with --addressing custom-domain one that is bound to the bucket, https://files.example.com
    /// [env: OSS_ENDPOINT] [default: public]
    #[arg(long, global = true, value_name = "ENDPOINT")]
    endpoint: Option<String>,

    /// Where the bucket's name stands in a request [env: OSSICLE_ADDRESSING] [default: automatic]
    #[arg(long, global = true, value_name = "STYLE", value_parser = PossibleValuesParser::new(["automatic", "virtual-hosted", "path", "custom-domain"]))]
    addressing: Option<String>,

    /// A prefix before every key, so that a bucket can be shared [env: OSSICLE_ROOT]
    #[arg(long, global = true, value_name = "PREFIX")]
    root: Option<String>,

    /// The file with Tink's key set: values are encrypted [env: OSSICLE_KEY_SET_FILE]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    key_set: Option<String>,

    /// What to do with values that are not encrypted, while a storage moves [env: OSSICLE_CLEAR_VALUES] [default: refused]
    ///
    /// refused: they are corrupt. recognised: taken when they are text (PEM, JSON) or DER. all: taken whatever they are.
    #[arg(long, global = true, hide_short_help = true, value_name = "MODE", value_parser = PossibleValuesParser::new(["refused", "recognised", "all"]))]
    clear_values: Option<String>,

    /// The file with the key set that the key set is encrypted with [env: OSSICLE_KEY_ENCRYPTION_KEY_SET_FILE]
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    key_encryption_key_set: Option<String>,

    /// The associated data that the key set is encrypted under [env: OSSICLE_KEY_ENCRYPTION_ASSOCIATED_DATA]
    #[arg(long, global = true, hide_short_help = true, value_name = "TEXT")]
    key_encryption_associated_data: Option<String>,

    /// Where credentials come from [env: OSSICLE_CREDENTIALS] [default: the first that is there]
    #[arg(long, global = true, hide_short_help = true, value_name = "SOURCE", value_parser = PossibleValuesParser::new(SOURCES))]
    credentials: Option<String>,

    /// How requests are signed [env: OSSICLE_SIGNATURE] [default: v4]
    #[arg(long, global = true, hide_short_help = true, value_name = "VERSION", value_parser = PossibleValuesParser::new(["v4", "v1"]))]
    signature: Option<String>,

    /// The ACL of what is written, which default leaves to the bucket's [env: OSSICLE_ACL] [default: private]
    #[arg(long, global = true, hide_short_help = true, value_name = "ACL", value_parser = PossibleValuesParser::new(["private", "default"]))]
    acl: Option<String>,

    /// Use HTTPS, whatever the config says
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "http")]
    https: bool,

    /// Use plain HTTP: values and answers can be read and changed on their way
    #[arg(long, global = true, hide_short_help = true)]
    http: bool,

    /// How often a request is sent at most, 1 to 10 [default: 3]
    #[arg(long, global = true, hide_short_help = true, value_name = "COUNT")]
    attempts: Option<String>,

    /// How long to wait for a connection, such as 2s or 500ms [default: 5s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    timeout_connect: Option<String>,

    /// How long to wait for the first byte of an answer [default: 20s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    timeout_first_byte: Option<String>,

    /// How long to wait between two pieces of an answer [default: 20s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    timeout_between_bytes: Option<String>,

    /// How long a request may take with all its attempts [default: 60s]
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME")]
    timeout_operation: Option<String>,

    #[command(flatten)]
    locks: LockFlags,
}

impl Flags {
    /// What the flags give.
    pub fn given(&self) -> Given {
        let mut given = Given::default();
        for (field, flag, text) in [
            (Field::Bucket, "--bucket", &self.bucket),
            (Field::Region, "--region", &self.region),
            (Field::Endpoint, "--endpoint", &self.endpoint),
            (Field::Addressing, "--addressing", &self.addressing),
            (Field::Root, "--root", &self.root),
            (Field::KeySetFile, "--key-set", &self.key_set),
            (Field::ClearValues, "--clear-values", &self.clear_values),
            (Field::KeyEncryptionFile, "--key-encryption-key-set", &self.key_encryption_key_set),
            (Field::KeyEncryptionData, "--key-encryption-associated-data", &self.key_encryption_associated_data),
            (Field::Source, "--credentials", &self.credentials),
            (Field::Signature, "--signature", &self.signature),
            (Field::Acl, "--acl", &self.acl),
            (Field::Attempts, "--attempts", &self.attempts),
            (Field::Connect, "--timeout-connect", &self.timeout_connect),
            (Field::FirstByte, "--timeout-first-byte", &self.timeout_first_byte),
            (Field::BetweenBytes, "--timeout-between-bytes", &self.timeout_between_bytes),
            (Field::Operation, "--timeout-operation", &self.timeout_operation),
        ] {
            if let Some(text) = text {
                given.put(field, text, Origin::Flag(flag));
            }
        }
        self.locks.give(&mut given);
        if self.https {
            given.put(Field::Secure, "true", Origin::Flag("--https"));
        }
        if self.http {
            given.put(Field::Secure, "false", Origin::Flag("--http"));
        }
        given
    }
}
