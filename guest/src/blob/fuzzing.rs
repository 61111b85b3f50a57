//! Fuzz targets of uploads, and of what a host hands the driver of blobs.

use std::collections::BTreeMap;

use super::checkpoint::{Checkpoint, decode, encode};
use super::options::BlobOptions;
use super::parameters::{Parameters, number};
use super::part_size::{copy_ranges, grow_to_fit};
use super::path::Path;
use super::upload::{Outgoing, Remainder, Upload};
use crate::endpoint::{Endpoint, Target};
use crate::fuzzing::{Input, is_authority, settings};
use crate::oss::{ListedPart, UploadedPart};

/// Steps of one input on an upload.
const STEPS: usize = 300;

/// Any steps on an upload that is new or listed by OSS: no byte is lost or held beyond the bound, no part is sent twice at
/// once, and it can always be brought to its end.
pub(crate) fn upload(data: &[u8]) {
    let mut input = Input::new(data);
    let mode = input.byte();
    let part_size = usize::from(input.byte()) + 1;
    let in_flight = usize::from(input.byte() % 5);
    let is_new = mode & 2 == 0;
    let mut upload = if is_new {
        Upload::new(part_size, in_flight)
    } else {
        let (parts, remainder) = (listed_parts(mode, &mut input), remainder(part_size, &mut input));
        // 8.3: sizes that no object has are refused, whatever they add up to.
        match Upload::from_listed_parts(in_flight, parts, remainder, |_| part_size) {
            Ok(resumed) => resumed.upload,
            Err(_) => return,
        }
    };
    if mode & 4 == 0 {
        let size = input.number() >> 5;
        let copied = input.number().max(size / 50).max(1);
        upload.copy(size, copied);
    }
    let mut steps = Steps { upload, part_size, in_flight: in_flight.max(1), is_new, sent: BTreeMap::new() };
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        steps.step(&mut input);
    }
    steps.finish();
}

fn listed_parts(mode: u8, input: &mut Input<'_>) -> Vec<ListedPart> {
    let mut number = 0;
    let mut part = |input: &mut Input<'_>| {
        number += 1 + u32::from(input.one_in(16));
        let size = if mode & 1 == 0 { u64::from(input.byte()) } else { input.number() };
        ListedPart { number, size, etag: "e".into(), crc64: input.one_in(2).then_some(7) }
    };
    (0..input.byte() % 8).map(|_| part(input)).collect()
}

fn remainder(part_size: usize, input: &mut Input<'_>) -> Option<Remainder> {
    input.one_in(2).then(|| {
        let most = if input.one_in(2) { part_size as u64 } else { input.number() };
        let count = u64::from(input.byte()).min(most);
        let start = if input.one_in(2) { u64::from(input.byte()) } else { input.number() };
        Remainder { start, bytes: vec![9; count as usize] }
    })
}

struct Steps {
    upload: Upload,
    part_size: usize,
    in_flight: usize,
    is_new: bool,
    sent: BTreeMap<u32, Outgoing>,
}

impl Steps {
    fn step(&mut self, input: &mut Input<'_>) {
        let before = self.upload.size();
        let mut grown = 0;
        match input.byte() % 9 {
            0 | 1 => {
                let count = usize::from(input.u16()) % (3 * self.part_size + 2);
                // A full upload takes nothing.
                let taken = self.upload.take(&vec![1; count]).unwrap_or(0);
                assert!(taken <= count);
                grown = taken as u64;
            }
            2 | 3 => {
                if let Some(part) = self.upload.send() {
                    assert!(self.sent.insert(part.number, part).is_none(), "sent twice at once");
                }
            }
            4 => {
                if let Some((number, _)) = self.sent.pop_first() {
                    self.upload.stored(number, UploadedPart { etag: "e".into(), crc64: Some(1) });
                }
            }
            5 => {
                if let Some((number, _)) = self.sent.pop_last() {
                    self.upload.failed(number);
                }
            }
            6 => {
                self.upload.interrupted();
                self.sent.clear();
            }
            7 => self.upload.seal(),
            _ => self.answer_nobody_waits_for(input),
        }
        self.check(before + grown);
    }

    fn answer_nobody_waits_for(&mut self, input: &mut Input<'_>) {
        let number = input.u32();
        if self.sent.contains_key(&number) {
            return;
        }
        if input.one_in(2) {
            self.upload.stored(number, UploadedPart { etag: "s".into(), crc64: None });
        } else {
            self.upload.failed(number);
        }
    }

    fn check(&self, size: u64) {
        let upload = &self.upload;
        assert!(self.sent.len() <= self.in_flight);
        assert_eq!(upload.size(), size);
        if self.is_new {
            assert!(upload.held() <= (self.in_flight + 1) * self.part_size);
            assert!(upload.rest().len() <= self.part_size);
        }
        assert!(!upload.is_flushed() || self.sent.is_empty());
        let _ = (upload.room(), upload.single_request_content());
        if let Some(manifest) = upload.manifest() {
            assert_eq!((manifest.size, manifest.parts.len()), (upload.size(), upload.parts()));
            assert!(!manifest.etag().is_empty());
        }
    }

    fn finish(mut self) {
        self.upload.interrupted();
        self.upload.seal();
        for _ in 0..2 * super::part_size::MAX_PARTS {
            if self.upload.is_flushed() {
                assert!(self.upload.manifest().is_some());
                return;
            }
            let part = self.upload.send().expect("something waits");
            self.upload.stored(part.number, UploadedPart { etag: "e".into(), crc64: None });
        }
        panic!("it does not end");
    }
}

/// Parts grown to fit a size hold all of it, and ranges to copy join without a gap.
pub(crate) fn part_sizes(data: &[u8]) {
    let mut input = Input::new(data);
    let configured = input.number().max(1);
    let (size, parts, largest) = (input.number(), input.number(), input.number().max(1));
    if let Some(part) = grow_to_fit(configured, size, parts, largest) {
        assert!(part <= largest && part.checked_mul(parts).is_none_or(|all| all >= size));
    }
    const RANGES: u64 = 100;
    let (size, part) = (input.number(), input.number());
    let mut end = 0;
    for range in copy_ranges(size, part).take(RANGES as usize) {
        assert_eq!(range.start, end);
        assert!(range.end - range.start <= part.max(1));
        end = range.end;
    }
    assert!(size.div_ceil(part.max(1)) > RANGES || end == size);
}

/// What is read as a checkpoint is as it was written, and has no number that can't be.
pub(crate) fn checkpoint(data: &[u8]) {
    if let Some(Checkpoint { origin, remainder }) = decode(data.to_vec()) {
        assert_eq!(encode(origin, remainder.start, &remainder.bytes), data);
    }
}

/// What is taken as a path begins with a slash and has no empty component.
pub(crate) fn path(text: &str) {
    if Path::is_valid(text) {
        assert!(text.starts_with('/') && !text.contains("//") && !text.ends_with('/'));
    }
}

/// Whatever is taken as a registry's endpoint leads to a host that can stand in a request.
pub(crate) fn endpoint(given: &str, secure: Option<bool>) {
    if given.is_empty() {
        return;
    }
    if let Ok(super::endpoint::ParsedEndpoint { endpoint: Endpoint::Custom(text), addressing, .. }) =
        super::endpoint::parse_endpoint(given, "bkt")
        && let Ok(target) = Target::resolve("bkt", "cn-hangzhou", &Endpoint::Custom(text), addressing, secure)
    {
        assert!(is_authority(&target.authority), "{given:?}");
    }
}

/// A registry's parameters, complete or not: what is taken is within bounds, and no problem tells the secret.
pub(crate) fn parameters(is_complete: bool, data: &[u8]) {
    const NAMES: [&str; 13] = [
        "accesskeyid",
        "accesskeysecret",
        "region",
        "bucket",
        "internal",
        "encrypt",
        "encryptionkeyid",
        "secure",
        "chunksize",
        "rootdirectory",
        "endpoint",
        "",
        "Region",
    ];
    let mut input = Input::new(data);
    let mut given: Vec<(String, String)> = Vec::new();
    if is_complete {
        let complete =
            [("accesskeyid", "id"), ("accesskeysecret", "canary"), ("region", "cn-hangzhou"), ("bucket", "bkt")];
        given = complete.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    }
    while !input.is_empty() && given.len() < 14 {
        let name = input.pick(&NAMES).to_owned();
        let value = match input.byte() % 8 {
            0 => "true".into(),
            1 => "false".into(),
            2 => input.number().to_string(),
            3 => format!("0x{:x}", input.number()),
            _ => input.text(),
        };
        if is_complete {
            given.retain(|(other, _)| *other != name);
        }
        given.push((name, value));
    }
    // Where nothing else holds the same text by chance, which a name may in capitals.
    let is_secret = given.iter().any(|(name, value)| name == "accesskeysecret" && value == "canary")
        && given.iter().filter(|(_, value)| value.to_ascii_lowercase().contains("canary")).count() == 1;
    match Parameters::new(given).and_then(Parameters::check) {
        Ok((settings, options)) => {
            assert!(is_authority(&settings.target.authority));
            assert!((5 << 20..=512 << 20).contains(&options.part_size));
            assert!(!format!("{settings:?}{options:?}").contains("canary") || !is_secret);
        }
        Err(problem) => assert!(!problem.to_string().contains("canary") || !is_secret, "{problem}"),
    }
}

/// A plain decimal number of a registry's parameters means itself.
pub(crate) fn numbers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let is_plain = !text.starts_with('0') && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = number(&text);
    assert!(!is_plain || read == text.parse().ok(), "{text:?} {read:?}");
}

/// Options that pass their check never ask for more memory than a 32-bit component has.
pub(crate) fn options(input: &mut Input<'_>, option: impl Fn(&mut Input<'_>) -> Option<u64>) {
    let part_size = option(input);
    let parts_in_flight = Some(input.byte());
    let (copy_threshold, copy_part_size) = (option(input), option(input));
    let options = BlobOptions { part_size, parts_in_flight, copy_threshold, copy_part_size, ..BlobOptions::default() };
    if let Ok(options) = options.check(&settings("", false)) {
        assert!(options.part_size * (options.parts_in_flight as u64 + 1) <= 3 << 30);
    }
}
