//! The options of a driver, as the caller gives them and after they are checked.

use std::ops::RangeInclusive;

use super::part_size::{MAX_HELD_PART, MAX_PART, MIN_PART};
use crate::config::Settings;
use crate::endpoint::{Addressing, Endpoint, Target};
use crate::error::ConfigProblem;
use crate::oss::{Attributes, ServerSideEncryption, StorageClass};

/// The `blob-options` of the WIT package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobOptions {
    /// In bytes; default 10 MiB.
    pub part_size: Option<u64>,
    /// Default 4.
    pub parts_in_flight: Option<u8>,
    /// Default: the bucket's.
    pub storage_class: Option<StorageClass>,
    /// Default: the bucket's.
    pub encryption: Option<ServerSideEncryption>,
    /// In bytes; default 200 MiB.
    pub copy_threshold: Option<u64>,
    /// In bytes; default 64 MiB.
    pub copy_part_size: Option<u64>,
    /// Default no.
    pub part_md5: Option<bool>,
    /// The endpoint of signed URLs; default: that of the requests.
    pub url_endpoint: Option<Endpoint>,
    /// The addressing of signed URLs; default: as the endpoint needs it. Allowed only together with `url_endpoint`.
    pub url_addressing: Option<Addressing>,
}

/// Options that were checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The size of a part in bytes.
    pub part_size: u64,
    /// How many parts of one upload or copy are sent at the same time.
    pub parts_in_flight: usize,
    /// The attributes of written files.
    pub attributes: Attributes,
    /// The largest object that one request copies.
    pub copy_threshold: u64,
    /// The size of a part of a copy in bytes.
    pub copy_part_size: u64,
    /// Whether each part is sent with its MD5.
    pub part_md5: bool,
    /// The target of signed URLs.
    pub url_target: Target,
}

const PART_SIZE: u64 = 10 << 20;
const PARTS_IN_FLIGHT: u8 = 4;
/// One request copies objects of less than 1 GB (OSS documentation: *UploadPartCopy*).
const MAX_COPY: u64 = (1 << 30) - 1;
/// As in OSS's SDKs.
const COPY_THRESHOLD: u64 = 200 << 20;
const COPY_PART_SIZE: u64 = 64 << 20;
/// The most memory for parts. An instance of WebAssembly has 4 GiB in all.
const MAX_MEMORY: u64 = 3 << 30;

impl BlobOptions {
    /// Checks the options of a driver with these settings.
    ///
    /// # Errors
    /// Names the first that can't work.
    pub fn check(self, settings: &Settings) -> Result<Options, ConfigProblem> {
        let part_size = within("part-size", self.part_size, PART_SIZE, MIN_PART..=MAX_HELD_PART)?;
        let in_flight = self.parts_in_flight.map(u64::from);
        let in_flight = within("parts-in-flight", in_flight, PARTS_IN_FLIGHT.into(), 1..=64)?;
        if part_size.saturating_mul(in_flight + 1) > MAX_MEMORY {
            let reason = format!(
                "{in_flight} parts in flight and one that is filled, of {part_size} bytes each, are more than the \
                 {MAX_MEMORY} that they may take: lessen part-size or parts-in-flight"
            );
            return Err(ConfigProblem::new("part-size", reason));
        }
        let url_target = url_target(settings, self.url_endpoint, self.url_addressing)?;
        let mut attributes = Attributes::default();
        if let Some(class) = self.storage_class {
            attributes.set_storage_class(class);
        }
        if let Some(encryption) = self.encryption {
            attributes.set_encryption(encryption, "encryption.kms.key-id")?;
        }
        Ok(Options {
            part_size,
            parts_in_flight: usize::try_from(in_flight).unwrap_or(1),
            attributes,
            copy_threshold: within("copy-threshold", self.copy_threshold, COPY_THRESHOLD, 1 << 20..=MAX_COPY)?,
            copy_part_size: within("copy-part-size", self.copy_part_size, COPY_PART_SIZE, 1 << 20..=MAX_PART)?,
            part_md5: self.part_md5.unwrap_or_default(),
            url_target,
        })
    }
}

impl Options {
    /// The largest part size for which all parts in flight fit into memory.
    pub(super) fn largest_held_part(&self) -> u64 {
        (MAX_MEMORY / (self.parts_in_flight as u64 + 1)).min(MAX_HELD_PART)
    }
}

/// The target of signed URLs. They use HTTPS unless the endpoint's own scheme says otherwise: the config's `secure` is
/// about requests, which take another way than these URLs.
fn url_target(
    settings: &Settings,
    endpoint: Option<Endpoint>,
    addressing: Option<Addressing>,
) -> Result<Target, ConfigProblem> {
    let Some(endpoint) = endpoint else {
        if addressing.is_some() {
            return Err(ConfigProblem::new("url-addressing", "is of use beside url-endpoint alone"));
        }
        return Ok(settings.target.clone());
    };
    let addressing = addressing.unwrap_or(Addressing::Automatic);
    Target::resolve(&settings.bucket, &settings.region, &endpoint, addressing, None).map_err(|problem| {
        let field = if problem.field == "addressing" { "url-addressing" } else { "url-endpoint" };
        ConfigProblem::new(field, problem.reason)
    })
}

fn within(
    field: &'static str,
    given: Option<u64>,
    default: u64,
    allowed: RangeInclusive<u64>,
) -> Result<u64, ConfigProblem> {
    match given {
        None => Ok(default),
        Some(value) if allowed.contains(&value) => Ok(value),
        Some(value) => {
            let reason = format!("is {value}, and {} to {} can be used", allowed.start(), allowed.end());
            Err(ConfigProblem::new(field, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    #[test]
    fn defaults() {
        let options = BlobOptions::default().check(&settings(|_| {})).unwrap();
        assert_eq!(options.url_target, settings(|_| {}).target);
        assert_eq!((options.part_size, options.parts_in_flight), (10 << 20, 4));
        assert_eq!((options.copy_threshold, options.copy_part_size), (200 << 20, 64 << 20));
        assert_eq!(options.attributes, Attributes::default());
        assert!(!options.part_md5);
    }

    #[test]
    fn p2_every_field_is_bounded_and_named() {
        type Change = fn(&mut BlobOptions);
        let cases: [(&str, Change); 17] = [
            ("part-size", |o| o.part_size = Some(MIN_PART - 1)),
            ("part-size", |o| o.part_size = Some(MAX_HELD_PART + 1)),
            ("part-size", |o| o.part_size = Some(u64::MAX)),
            ("part-size", |o| (o.part_size, o.parts_in_flight) = (Some(MAX_HELD_PART), Some(6))),
            ("parts-in-flight", |o| o.parts_in_flight = Some(0)),
            ("parts-in-flight", |o| o.parts_in_flight = Some(65)),
            ("copy-threshold", |o| o.copy_threshold = Some(0)),
            ("copy-threshold", |o| o.copy_threshold = Some(1 << 30)),
            ("copy-part-size", |o| o.copy_part_size = Some(1)),
            ("copy-part-size", |o| o.copy_part_size = Some(MAX_PART + 1)),
            ("encryption.kms.key-id", |o| {
                o.encryption = Some(ServerSideEncryption::Kms { key_id: Some(String::new()), sm4: false })
            }),
            ("encryption.kms.key-id", |o| {
                o.encryption = Some(ServerSideEncryption::Kms { key_id: Some("a\r\nb".into()), sm4: true });
            }),
            ("url-endpoint", |o| o.url_endpoint = Some(Endpoint::Custom("https://a.example.com/b".into()))),
            ("url-endpoint", |o| o.url_endpoint = Some(Endpoint::Custom("id:key@example.com".into()))),
            ("url-addressing", |o| {
                (o.url_endpoint, o.url_addressing) = (Some(Endpoint::Public), Some(Addressing::CustomDomain));
            }),
            ("url-addressing", |o| {
                let endpoint = Endpoint::Custom("127.0.0.1".into());
                (o.url_endpoint, o.url_addressing) = (Some(endpoint), Some(Addressing::VirtualHosted));
            }),
            ("url-addressing", |o| o.url_addressing = Some(Addressing::Path)),
        ];
        for (field, change) in cases {
            let mut options = BlobOptions::default();
            change(&mut options);
            assert_eq!(options.check(&settings(|_| {})).unwrap_err().field, field);
        }
    }

    #[test]
    fn urls_lead_to_their_own_endpoint() {
        let inside = settings(|config| (config.endpoint, config.secure) = (Some(Endpoint::Internal), Some(false)));
        let bucket = inside.bucket.clone();
        let url = |endpoint: Option<Endpoint>, url_addressing| {
            let options = BlobOptions { url_endpoint: endpoint, url_addressing, ..BlobOptions::default() };
            options.check(&inside).unwrap().url_target.url(Some("a"), "q")
        };
        let region = &inside.region;
        assert_eq!(url(None, None), format!("http://{bucket}.oss-{region}-internal.aliyuncs.com/a?q"));
        assert_eq!(url(Some(Endpoint::Public), None), format!("https://{bucket}.oss-{region}.aliyuncs.com/a?q"));
        assert_eq!(url(Some(Endpoint::Accelerate), None), format!("https://{bucket}.oss-accelerate.aliyuncs.com/a?q"));
        let domain = |given: &str| Some(Endpoint::Custom(given.to_owned()));
        let bound = Some(Addressing::CustomDomain);
        assert_eq!(url(domain("cdn.example.com"), bound), "https://cdn.example.com/a?q");
        assert_eq!(url(domain("http://cdn.example.com:8080"), bound), "http://cdn.example.com:8080/a?q");
    }
}
