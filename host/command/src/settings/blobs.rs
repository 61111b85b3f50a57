//! How blobs are stored: flags, and options from flags, the environment and the file together.

use super::flags::Flags;
use super::gather::Settings;
use super::problem::Problem;
use super::reading::word;
use super::server_side;
use clap::Args;
use clap::builder::PossibleValuesParser;
use ossicle::{Addressing, BlobOptions, Endpoint, StorageClass};
use ossicle_terms::{Field, Given, Origin, Value};

/// How blobs are stored.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Storing")]
pub struct BlobFlags {
    /// The size of a part of an upload, such as 20MiB [env: OSSICLE_PART_SIZE] [default: 10MiB]
    #[arg(long, global = true, value_name = "SIZE")]
    part_size: Option<String>,

    /// Parts sent at once, 1 to 64 [env: OSSICLE_PARTS_IN_FLIGHT] [default: 4]
    #[arg(long, global = true, value_name = "COUNT")]
    parts_in_flight: Option<String>,

    /// The class of what is written [default: the bucket's]
    #[arg(long, global = true, hide_short_help = true, value_name = "CLASS", value_parser = PossibleValuesParser::new(server_side::CLASSES))]
    storage_class: Option<String>,

    /// How OSS encrypts what is written [default: as the bucket is set]
    #[arg(long, global = true, hide_short_help = true, value_name = "WAY", value_parser = PossibleValuesParser::new(server_side::WAYS))]
    encryption: Option<String>,

    /// The key of the key management service, for --encryption kms
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    kms_key_id: Option<String>,

    /// The largest file that is moved by one request, such as 200MiB
    #[arg(long, global = true, hide_short_help = true, value_name = "SIZE")]
    copy_threshold: Option<String>,

    /// The size of a part when a larger one is moved, such as 64MiB
    #[arg(long, global = true, hide_short_help = true, value_name = "SIZE")]
    copy_part_size: Option<String>,

    /// Send each part with its MD5, so that OSS never stores one that was damaged on its way: for uploads over plain HTTP that
    /// another program continues. Takes about twice the processor time
    #[arg(long, global = true, hide_short_help = true)]
    part_md5: bool,

    /// The host that signed URLs name, as --endpoint, where it is another: a domain bound to the bucket or of a CDN, or
    /// accelerate, or public [env: OSSICLE_URL_ENDPOINT] [default: that of the requests]
    #[arg(long, global = true, hide_short_help = true, value_name = "ENDPOINT", value_hint = clap::ValueHint::Url)]
    url_endpoint: Option<String>,

    /// Where the bucket's name stands in signed URLs, for --url-endpoint [env: OSSICLE_URL_ADDRESSING] [default: automatic]
    #[arg(long, global = true, hide_short_help = true, value_name = "STYLE", value_parser = PossibleValuesParser::new(["automatic", "virtual-hosted", "path", "custom-domain"]))]
    url_addressing: Option<String>,
}

impl BlobFlags {
    /// What the flags give.
    pub fn given(&self) -> Given {
        let mut given = Given::default();
        for (field, flag, text) in [
            (Field::PartSize, "--part-size", &self.part_size),
            (Field::PartsInFlight, "--parts-in-flight", &self.parts_in_flight),
            (Field::StorageClass, "--storage-class", &self.storage_class),
            (Field::Encryption, "--encryption", &self.encryption),
            (Field::KmsKeyId, "--kms-key-id", &self.kms_key_id),
            (Field::CopyThreshold, "--copy-threshold", &self.copy_threshold),
            (Field::CopyPartSize, "--copy-part-size", &self.copy_part_size),
            (Field::UrlEndpoint, "--url-endpoint", &self.url_endpoint),
            (Field::UrlAddressing, "--url-addressing", &self.url_addressing),
        ] {
            if let Some(text) = text {
                given.put(field, text, Origin::Flag(flag));
            }
        }
        if self.part_md5 {
            given.put(Field::PartMd5, "true", Origin::Flag("--part-md5"));
        }
        given
    }
}

impl Settings {
    /// Gathers them with how blobs are stored.
    pub fn gather_for_blobs(flags: &Flags, blobs: &BlobFlags) -> Result<Self, Problem> {
        let settings = Self::gather_with(flags, blobs.given())?;
        settings.config.refuse_encryption().map_err(|problem| settings.explain(problem))?;
        settings.check_for_blobs()?;
        Ok(settings)
    }
}

/// The options.
pub fn read(given: &Given) -> Result<BlobOptions, Problem> {
    let encryption = server_side::read::<BlobOptions>(given, Field::Encryption, Field::KmsKeyId)?;
    let mut options = encryption.unwrap_or_default();
    options.part_size = bytes(given, Field::PartSize)?;
    options.copy_threshold = bytes(given, Field::CopyThreshold)?;
    options.copy_part_size = bytes(given, Field::CopyPartSize)?;
    options.part_md5 = given.get(Field::PartMd5).map(|value| value.text == "true");
    if let Some(value) = given.get(Field::PartsInFlight) {
        let count = value.text.parse().ok().filter(|count| (1..=64).contains(count));
        options.parts_in_flight = Some(count.ok_or_else(|| refused(Field::PartsInFlight, value, "must be 1 to 64"))?);
    }
    if let Some(value) = given.get(Field::StorageClass) {
        options.storage_class = Some(word::<StorageClass>(Field::StorageClass, value)?);
    }
    if let Some(value) = given.get(Field::UrlEndpoint) {
        // A slash at its end is how many write a URL, and leads nowhere else.
        let host = Value { text: value.text.strip_suffix('/').unwrap_or(&value.text).to_owned(), ..value.clone() };
        options.url_endpoint = Some(word::<Endpoint>(Field::UrlEndpoint, &host)?);
    }
    if let Some(value) = given.get(Field::UrlAddressing) {
        options.url_addressing = Some(word::<Addressing>(Field::UrlAddressing, value)?);
    }
    Ok(options)
}

fn bytes(given: &Given, field: Field) -> Result<Option<u64>, Problem> {
    let Some(value) = given.get(field) else { return Ok(None) };
    let bytes = ossicle::parse_size(&value.text);
    bytes.map(Some).map_err(|error| refused(field, value, &error.to_string()))
}

fn refused(field: Field, value: &Value, reason: &str) -> Problem {
    Problem::of(field, reason).given_by(value.origin.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossicle::{Kms, ServerSideEncryption};

    fn told(fields: &[(Field, &str)]) -> Result<BlobOptions, String> {
        let mut given = Given::default();
        for (field, text) in fields {
            given.put(*field, *text, Origin::Flag("--x"));
        }
        read(&given).map_err(|problem| problem.to_string())
    }

    #[test]
    fn options_are_read_and_mistakes_are_named() {
        let options = told(&[(Field::PartSize, "20MiB"), (Field::PartsInFlight, "8"), (Field::Encryption, "kms")]);
        let expected = BlobOptions::new().part_size(20 << 20).parts_in_flight(8);
        assert_eq!(options, Ok(expected.encryption(ServerSideEncryption::Kms(Kms::new()))));
        let options =
            told(&[(Field::UrlEndpoint, "https://cdn.example.com/"), (Field::UrlAddressing, "custom-domain")]);
        let expected = BlobOptions::new().url_endpoint(Endpoint::custom("https://cdn.example.com"));
        assert_eq!(options, Ok(expected.url_addressing(Addressing::CustomDomain)));
        let accelerated = told(&[(Field::UrlEndpoint, "accelerate")]);
        assert_eq!(accelerated, Ok(BlobOptions::new().url_endpoint(Endpoint::Accelerate)));
        for (fields, named) in [
            (&[(Field::PartSize, "20 parsecs")][..], "blobs.part-size: "),
            (&[(Field::PartsInFlight, "0")], "blobs.parts-in-flight: "),
            (&[(Field::StorageClass, "cold")], "blobs.storage-class: "),
            (&[(Field::UrlAddressing, "somewhere")], "blobs.url-addressing: "),
            (&[(Field::Encryption, "rot13")], "blobs.encryption: "),
            (&[(Field::KmsKeyId, "k"), (Field::Encryption, "sm4")], "blobs.kms-key-id: "),
        ] {
            let problem = told(fields).unwrap_err();
            assert!(problem.starts_with(named), "{problem}");
        }
    }
}
