//! GetBucketStat. OSS counts every hour or so; the emulator counts when it is asked.

use std::collections::BTreeMap;

use crate::call::Call;
use crate::failures::Failure;
use crate::reply::Reply;
use crate::xml::Writer;

/// The storage classes with the names that their numbers begin with.
const CLASSES: [(&str, &str); 5] = [
    ("Standard", "Standard"),
    ("IA", "InfrequentAccess"),
    ("Archive", "Archive"),
    ("ColdArchive", "ColdArchive"),
    ("DeepColdArchive", "DeepColdArchive"),
];

#[derive(Default)]
struct Numbers {
    storage: u64,
    objects: u64,
}

pub(crate) fn stat(call: &Call) -> Result<Reply, Failure> {
    let bucket = call.bucket()?;
    let state = bucket.read();
    let mut classes: BTreeMap<&str, Numbers> = BTreeMap::new();
    let mut last_modified = 0;
    let mut markers = 0u64;
    for version in state.index.iter().flat_map(|(_, entry)| &entry.versions) {
        last_modified = last_modified.max(version.modified);
        let Some(content) = &version.content else {
            markers += 1;
            continue;
        };
        let numbers = classes.entry(content.metadata.class()).or_default();
        numbers.storage += content.body.len();
        numbers.objects += 1;
    }
    let parts = state.uploads.iter().flat_map(|upload| upload.parts.values());
    let (part_count, part_bytes) = parts.fold((0u64, 0), |(count, sum), part| (count + 1, sum + part.body.len()));
    let total = |of: fn(&Numbers) -> u64| classes.values().map(of).sum::<u64>();
    let mut xml = Writer::new();
    xml.open("BucketStat");
    let mut number = |name: &str, value: u64| xml.text(name, &value.to_string());
    number("Storage", total(|numbers| numbers.storage) + part_bytes);
    number("ObjectCount", total(|numbers| numbers.objects));
    number("MultipartUploadCount", state.uploads.iter().count() as u64);
    number("MultipartPartCount", part_count);
    number("LiveChannelCount", 0);
    number("LastModifiedTime", last_modified.max(0) as u64);
    number("DeleteMarkerCount", markers);
    for (class, name) in CLASSES {
        let none = Numbers::default();
        let numbers = classes.get(class).unwrap_or(&none);
        number(&format!("{name}Storage"), numbers.storage);
        if class != "Standard" {
            number(&format!("{name}RealStorage"), numbers.storage);
        }
        number(&format!("{name}ObjectCount"), numbers.objects);
    }
    xml.close("BucketStat");
    Ok(Reply::xml(xml.finish()))
}
