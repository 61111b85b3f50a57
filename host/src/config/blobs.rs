//! How blobs are stored: the host's mirror of the record `blob-options` of the WIT.

use super::addressing::Addressing;
use super::endpoint::Endpoint;
use super::keeping::{EncryptionWord, ServerSideEncryption, StorageClass, encryption_of_words};
use crate::size;
use serde::Deserialize;

/// How blobs are stored. What is left out takes its default. Read from a file in kebab-case.
///
/// ```
/// let options: ossicle::BlobOptions = toml::from_str(r#"
///     part-size = "20MiB"            # or bytes, 20971520
///     storage-class = "infrequent-access"
///     encryption = "aes256"          # or "sm4"; or "kms" or "kms-sm4", and kms-key-id = "…" beside it
/// "#).unwrap();
/// assert_eq!(options.part_size, Some(20 << 20));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
#[non_exhaustive]
pub struct BlobOptions {
    /// The size of a part in bytes: 102 400 to 536 870 912. Default 10 MiB. An upload holds (parts in flight + 1) parts in
    /// the instance's memory, which [`Limits::memory`](crate::Limits::memory) has to allow.
    pub part_size: Option<u64>,
    /// Parts of one upload or copy sent at once: 1 to 64. Default 4.
    pub parts_in_flight: Option<u8>,
    /// The class of what is written. Default: the bucket's; a copy or continuation keeps its source's.
    pub storage_class: Option<StorageClass>,
    /// The encryption of what is written. Default: the bucket's; a copy or continuation keeps its source's.
    pub encryption: Option<ServerSideEncryption>,
    /// The largest object, in bytes, that is copied by one request: 1 MiB to less than 1 GiB. Default 200 MiB.
    pub copy_threshold: Option<u64>,
    /// The size of a part of a copy in bytes: 1 MiB to 5 GiB. Default 64 MiB.
    pub copy_part_size: Option<u64>,
    /// Whether each part is sent with its MD5, so that OSS refuses one that was damaged on its way. Without it OSS stores the
    /// part, its response states another CRC-64 than the part's, and the part is sent again; nothing is published before all
    /// parts agree. What stays open is plain HTTP and an upload that ends between the two: a writer that continues it takes
    /// the damaged part for stored, unless its caller compares [`Writer::stored`](crate::Writer::stored) with its content.
    /// With it the component computes about twice as much for a byte. Default: no.
    pub part_md5: Option<bool>,
    /// The host that signed URLs name, where those who use them reach the bucket by another way than this program does: a
    /// domain bound to the bucket, the domain of a CDN, [`Endpoint::Accelerate`], [`Endpoint::Public`]. HTTPS unless its own
    /// scheme says otherwise. Nothing is sent there. Default: the host of the requests.
    pub url_endpoint: Option<Endpoint>,
    /// Where the bucket's name stands in these URLs. Only beside `url_endpoint`. Default: automatic.
    pub url_addressing: Option<Addressing>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "size::optional")]
    part_size: Option<u64>,
    parts_in_flight: Option<u8>,
    storage_class: Option<StorageClass>,
    encryption: Option<EncryptionWord>,
    kms_key_id: Option<String>,
    #[serde(deserialize_with = "size::optional")]
    copy_threshold: Option<u64>,
    #[serde(deserialize_with = "size::optional")]
    copy_part_size: Option<u64>,
    part_md5: Option<bool>,
    url_endpoint: Option<Endpoint>,
    url_addressing: Option<Addressing>,
}

impl TryFrom<Written> for BlobOptions {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        Ok(Self {
            part_size: written.part_size,
            parts_in_flight: written.parts_in_flight,
            storage_class: written.storage_class,
            encryption: encryption_of_words(written.encryption, written.kms_key_id)?,
            copy_threshold: written.copy_threshold,
            copy_part_size: written.copy_part_size,
            part_md5: written.part_md5,
            url_endpoint: written.url_endpoint,
            url_addressing: written.url_addressing,
        })
    }
}

impl BlobOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The size of a part in bytes.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = Some(bytes);
        self
    }

    /// Parts of one upload or copy sent at once.
    pub fn parts_in_flight(mut self, count: u8) -> Self {
        self.parts_in_flight = Some(count);
        self
    }

    /// The class of what is written.
    pub fn storage_class(mut self, class: StorageClass) -> Self {
        self.storage_class = Some(class);
        self
    }

    /// The encryption of what is written.
    pub fn encryption(mut self, encryption: ServerSideEncryption) -> Self {
        self.encryption = Some(encryption);
        self
    }

    /// The largest object, in bytes, that is copied by one request.
    pub fn copy_threshold(mut self, bytes: u64) -> Self {
        self.copy_threshold = Some(bytes);
        self
    }

    /// The size of a part of a copy in bytes.
    pub fn copy_part_size(mut self, bytes: u64) -> Self {
        self.copy_part_size = Some(bytes);
        self
    }

    /// Whether each part is sent with its MD5.
    pub fn part_md5(mut self, is_sent: bool) -> Self {
        self.part_md5 = Some(is_sent);
        self
    }

    /// The host that signed URLs name.
    pub fn url_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.url_endpoint = Some(endpoint);
        self
    }

    /// Where the bucket's name stands in signed URLs.
    pub fn url_addressing(mut self, addressing: Addressing) -> Self {
        self.url_addressing = Some(addressing);
        self
    }
}
