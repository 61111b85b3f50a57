//! What the clients of a simulation push: three layers, three manifests that share them, and an index.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

pub const REPOSITORIES: [&str; 2] = ["r", "team/s"];

/// How many of the items are layers; they come first.
pub const LAYERS: usize = 3;
/// How many items there are.
pub const ITEMS: usize = 7;

/// What each manifest names, by number: its config and layers, or its manifests.
const NAMED: [&[usize]; ITEMS] = [&[], &[], &[], &[0, 1], &[1, 2], &[0], &[5]];

const ROOT: &str = "/docker/registry/v2";
const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Something that is pushed.
pub struct Item {
    pub name: String,
    pub digest: String,
    pub content: Bytes,
    pub media_type: &'static str,
    /// The numbers of what it names.
    pub named: Vec<usize>,
    pub blob: String,
    /// Its link in each repository: of a layer, or of a manifest.
    pub links: [String; 2],
}

/// All that is pushed, by number.
pub struct Shelf {
    pub items: Vec<Item>,
    pub by_digest: BTreeMap<String, usize>,
    by_path: BTreeMap<String, Place>,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Blob(usize),
    Link { repository: usize, item: usize },
}

fn descriptor(item: &Item) -> serde_json::Value {
    serde_json::json!({ "mediaType": item.media_type, "digest": item.digest, "size": item.content.len() })
}

/// The content of an item and its media type.
fn content(number: usize, named: &[&Item]) -> (String, &'static str) {
    let all: Vec<_> = named.iter().map(|named| descriptor(named)).collect();
    let (document, media_type) = match all.split_first() {
        None => return (format!("the layer {number}"), "application/octet-stream"),
        Some(_) if named[0].media_type == IMAGE => {
            (serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": all }), INDEX)
        }
        Some((config, layers)) => {
            let document =
                serde_json::json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers });
            (document, IMAGE)
        }
    };
    (document.to_string(), media_type)
}

impl Shelf {
    pub fn new() -> Self {
        let mut items: Vec<Item> = Vec::new();
        for (number, named) in NAMED.iter().enumerate() {
            let (content, media_type) = content(number, &named.iter().map(|named| &items[*named]).collect::<Vec<_>>());
            let hash = Sha256::digest(content.as_bytes());
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let (name, folder) = match number {
                0..LAYERS => (format!("layer{number}"), "_layers"),
                _ => (format!("manifest{number}"), "_manifests/revisions"),
            };
            items.push(Item {
                name,
                blob: format!("{ROOT}/blobs/sha256/{}/{hex}/data", &hex[..2]),
                links: REPOSITORIES.map(|name| format!("{ROOT}/repositories/{name}/{folder}/sha256/{hex}/link")),
                digest: format!("sha256:{hex}"),
                content: content.into(),
                media_type,
                named: named.to_vec(),
            });
        }
        let by_digest = items.iter().enumerate().map(|(number, item)| (item.digest.clone(), number)).collect();
        let places = items.iter().enumerate().flat_map(|(number, item)| {
            let link = |repository: usize| (item.links[repository].clone(), Place::Link { repository, item: number });
            [(item.blob.clone(), Place::Blob(number)), link(0), link(1)]
        });
        Self { by_path: places.collect(), items, by_digest }
    }

    pub fn place(&self, path: &str) -> Option<Place> {
        self.by_path.get(path).copied()
    }

    /// A path as a trace shows it.
    pub fn short(&self, path: &str) -> String {
        match self.place(path) {
            Some(Place::Blob(item)) => format!("blob of {}", self.items[item].name),
            Some(Place::Link { repository, item }) => {
                format!("link of {} in {}", self.items[item].name, REPOSITORIES[repository])
            }
            None => path.to_owned(),
        }
    }
}
