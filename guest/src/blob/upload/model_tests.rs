//! The machine against a model: whatever the order of events, what it makes of the parts is the content.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::checksum::crc64;
use crate::oss::ListedPart;

const PART: usize = 8;

/// What OSS holds of an upload.
#[derive(Default)]
struct Stored(BTreeMap<u32, Vec<u8>>);

impl Stored {
    fn put(&mut self, part: &Outgoing, old: &[u8]) -> UploadedPart {
        let bytes = match &part.body {
            PartBody::Bytes(content) => {
                assert_eq!(content.crc64(), crc64(content.bytes()));
                content.bytes().to_vec()
            }
            PartBody::Copy(range) => old[range.start as usize..range.end as usize].to_vec(),
        };
        let stored = UploadedPart { etag: format!("\"{}\"", etag_of(&bytes)), crc64: Some(crc64(&bytes)) };
        self.0.insert(part.number, bytes);
        stored
    }

    fn list(&self) -> Vec<ListedPart> {
        let part = |(number, bytes): (&u32, &Vec<u8>)| ListedPart {
            number: *number,
            size: bytes.len() as u64,
            etag: format!("\"{}\"", etag_of(bytes)),
            crc64: Some(crc64(bytes)),
        };
        self.0.iter().map(part).collect()
    }

    /// Completes the upload: every part named must be there by its ETag.
    fn complete(&self, manifest: &Manifest) -> Vec<u8> {
        let mut whole = Vec::new();
        let mut before = 0;
        for (number, etag) in &manifest.parts {
            assert!(*number > before, "ascending");
            before = *number;
            let bytes = &self.0[number];
            assert_eq!(*etag, format!("\"{}\"", etag_of(bytes)), "part {number} is another one");
            whole.extend_from_slice(bytes);
        }
        assert_eq!(manifest.size, whole.len() as u64);
        assert_eq!(manifest.crc64, Some(crc64(&whole)));
        whole
    }
}

#[derive(Clone, Debug)]
enum Step {
    Take(usize),
    Send,
    /// One of those that were sent is stored.
    Stored(prop::sample::Index),
    /// One of those that were sent failed; whether OSS holds it all the same.
    Failed(prop::sample::Index, bool),
    Interrupted,
    /// A commit is tried, and is not the last word.
    SealAndReopen,
    /// The process ends after it suspended the upload.
    Suspend,
    /// The process ends.
    Crash,
    /// An answer for a part that nobody waits for.
    Stray(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1usize..3 * PART).prop_map(Step::Take),
        6 => Just(Step::Send),
        6 => any::<prop::sample::Index>().prop_map(Step::Stored),
        2 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(which, held)| Step::Failed(which, held)),
        1 => Just(Step::Interrupted),
        1 => Just(Step::SealAndReopen),
        1 => Just(Step::Suspend),
        1 => Just(Step::Crash),
        1 => (0u32..20).prop_map(Step::Stray),
    ]
}

struct Model {
    upload: Upload,
    in_flight: usize,
    stored: Stored,
    old: Vec<u8>,
    content: Vec<u8>,
    next: u8,
    sent: Vec<Outgoing>,
    /// What the last suspension kept.
    remainder: Option<Remainder>,
}

impl Model {
    fn new(in_flight: usize, old: usize) -> Self {
        let mut upload = Upload::new(PART, in_flight);
        upload.copy(old as u64, 2 * PART as u64);
        let old: Vec<u8> = (0..old).map(|n| 200u8.wrapping_add(n as u8)).collect();
        let content = old.clone();
        Self { upload, in_flight, stored: Stored::default(), old, content, next: 0, sent: Vec::new(), remainder: None }
    }

    fn take(&mut self, count: usize) {
        let bytes: Vec<u8> = (0..count)
            .map(|_| {
                self.next = self.next.wrapping_add(1);
                self.next
            })
            .collect();
        let mut at = 0;
        while at < bytes.len() {
            let taken = self.upload.take(&bytes[at..]).unwrap();
            if taken == 0 {
                break;
            }
            self.content.extend_from_slice(&bytes[at..at + taken]);
            at += taken;
        }
    }

    fn send(&mut self) {
        self.sent.extend(self.upload.send());
    }

    fn stored(&mut self, which: usize) {
        let part = self.sent.swap_remove(which);
        let stored = self.stored.put(&part, &self.old);
        self.upload.stored(part.number, stored);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Take(count) => self.take(count),
            Step::Send => self.send(),
            Step::Stored(which) if !self.sent.is_empty() => self.stored(which.index(self.sent.len())),
            Step::Failed(which, held) if !self.sent.is_empty() => {
                let part = self.sent.swap_remove(which.index(self.sent.len()));
                if held {
                    self.stored.put(&part, &self.old);
                }
                self.upload.failed(part.number);
            }
            Step::Stored(_) | Step::Failed(..) => {}
            Step::Interrupted => {
                self.sent.clear();
                self.upload.interrupted();
            }
            Step::SealAndReopen => {
                self.upload.seal();
                self.upload.reopen();
            }
            Step::Suspend => {
                self.sent.clear();
                self.flush();
                let rest = self.upload.rest().to_vec();
                let start = self.upload.size() - rest.len() as u64;
                if !rest.is_empty() {
                    self.remainder = Some(Remainder { start, bytes: rest });
                }
                self.resume(self.remainder.clone());
                assert_eq!(self.upload.size(), self.content.len() as u64, "nothing of a suspended upload is lost");
            }
            Step::Crash => {
                self.sent.clear();
                let before = self.upload.size();
                self.resume(self.remainder.clone());
                assert!(self.upload.size() <= before);
                // Where it is the caller is told, and goes on from there.
                self.content.truncate(self.upload.size() as usize);
                if (self.upload.size() as usize) < self.old.len() {
                    self.old.truncate(self.upload.size() as usize);
                }
            }
            Step::Stray(number) => {
                if !self.sent.iter().any(|part| part.number == number) {
                    let size = self.upload.size();
                    self.upload.stored(number, UploadedPart { etag: "\"stray\"".into(), crc64: Some(1) });
                    self.upload.failed(number);
                    assert_eq!(self.upload.size(), size);
                }
            }
        }
        assert!(self.upload.held() <= (self.in_flight + 1) * PART, "{} bytes held", self.upload.held());
        assert!(self.sent.len() <= self.in_flight);
        assert_eq!(self.upload.size(), self.content.len() as u64);
    }

    fn resume(&mut self, remainder: Option<Remainder>) {
        let resumed = Upload::from_listed_parts(self.in_flight, self.stored.list(), remainder, |_| PART);
        let Resumed { upload, stale } = resumed.unwrap();
        self.upload = upload;
        stale.into_iter().for_each(|number| drop(self.stored.0.insert(number, VOID.to_vec())));
    }

    fn flush(&mut self) {
        self.upload.interrupted();
        while !self.upload.is_flushed() {
            self.send();
            while !self.sent.is_empty() {
                self.stored(0);
            }
        }
    }

    fn commit(mut self) {
        self.sent.clear();
        self.upload.interrupted();
        self.upload.seal();
        if let Some(content) = self.upload.single_request_content() {
            assert_eq!(*content.bytes(), self.content);
        }
        self.flush();
        let manifest = self.upload.manifest().expect("everything is stored");
        assert!(manifest.parts.len() < 2 || self.stored.0.len() >= manifest.parts.len());
        assert_eq!(self.stored.complete(&manifest), self.content);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events(in_flight in 1usize..5, old in 0usize..40, steps in prop::collection::vec(step(), 0..80)) {
        let mut model = Model::new(in_flight, old);
        // A part shorter than OSS's least can't be followed; that is its own test.
        for step in steps {
            if matches!(step, Step::Take(_)) && model.upload.ends_in_small_part() {
                continue;
            }
            model.step(step);
        }
        model.commit();
    }
}

fn drained(upload: &mut Upload) -> usize {
    let mut count = 0;
    while let Some(part) = upload.send() {
        upload.stored(part.number, UploadedPart { etag: "\"E\"".into(), crc64: None });
        count += 1;
    }
    count
}

#[test]
fn v4_v5_a_part_that_failed_is_neither_lost_nor_in_the_way() {
    let mut upload = Upload::new(PART, 1);
    assert_eq!(upload.take(&[1; PART]), Ok(PART));
    assert_eq!(upload.take(&[2; PART]), Ok(PART));
    let part = upload.send().unwrap();
    upload.failed(part.number);
    // As much as there is room for is taken, and then nothing, which is told.
    assert_eq!(upload.take(&[3; PART]), Ok(0));
    assert_eq!(upload.manifest(), None, "no commit without it");
    assert_eq!(upload.send(), Some(part.clone()), "it is sent again");
    upload.stored(part.number, UploadedPart { etag: "\"E\"".into(), crc64: None });
    assert_eq!(upload.take(&[3; PART]), Ok(PART));
    upload.seal();
    assert_eq!(drained(&mut upload), 2);
    assert_eq!(upload.manifest().map(|manifest| manifest.size), Some(3 * PART as u64));
}

#[test]
fn d9_ten_thousand_parts_and_not_one_more() {
    let mut upload = Upload::new(1, 1);
    for n in 0..MAX_PARTS {
        assert_eq!(upload.room(), MAX_PARTS - n);
        assert_eq!(upload.take(&[1]), Ok(1), "{n}");
        drained(&mut upload);
    }
    assert_eq!(upload.take(&[1]), Err(Full::Parts));
    upload.seal();
    drained(&mut upload);
    assert_eq!(upload.take(&[1]), Err(Full::Parts));
    assert_eq!(upload.manifest().map(|manifest| manifest.parts.len()), Some(10_000));
}

#[test]
fn v6_nothing_follows_a_part_that_is_too_small() {
    let size = 3 * MIN_PART;
    let part = |number, size| ListedPart { number, size, etag: "\"E\"".into(), crc64: Some(0) };
    let resume = |last, remainder| {
        let listed = vec![part(1, size), part(2, last)];
        Upload::from_listed_parts(1, listed, remainder, |_| size as usize).unwrap().upload
    };
    assert_eq!(resume(MIN_PART - 1, None).take(&[1]), Err(Full::SmallPart));
    assert_eq!(resume(MIN_PART, None).take(&[1]), Ok(1));
    // What was kept of it takes its place.
    let remainder = Remainder { start: size, bytes: vec![7; 5] };
    let mut upload = resume(5, Some(remainder.clone()));
    assert_eq!((upload.parts(), upload.rest(), upload.size()), (1, &[7; 5][..], size + 5));
    assert_eq!(upload.take(&[8]), Ok(1));
    // What an earlier suspension kept does not count.
    let upload = resume(MIN_PART, Some(Remainder { start: 0, ..remainder }));
    assert_eq!((upload.parts(), upload.size()), (2, size + MIN_PART));
}

#[test]
fn what_lies_behind_a_gap_is_voided() {
    let part = |number| ListedPart { number, size: PART as u64, etag: "\"E\"".into(), crc64: Some(0) };
    let resume = |listed| {
        let Resumed { upload, stale } = Upload::from_listed_parts(1, listed, None, |_| PART).unwrap();
        (upload.parts(), upload.size(), stale)
    };
    assert_eq!(resume(vec![part(1), part(2), part(4)]), (2, 2 * PART as u64, vec![4]));
    assert_eq!(resume(vec![part(2)]), (0, 0, vec![2]));
    // Once the missing one is there, what was voided still does not count.
    let void = |number, etag: &str| {
        let etag = format!("\"{etag}\"");
        ListedPart { number, size: VOID.len() as u64, etag, crc64: Some(crc64(VOID)) }
    };
    let own = etag_of(VOID);
    assert_eq!(resume(vec![part(1), part(2), part(3), void(4, &own), part(5)]), (3, 3 * PART as u64, vec![5]));
    assert_eq!(resume(vec![part(1), void(2, &own.to_lowercase())]), (1, PART as u64, vec![]));
    // 1.9: other bytes of the same CRC-64 have another ETag, and are content.
    let other = etag_of(b"other bytes");
    assert_eq!(resume(vec![part(1), void(2, &other)]), (2, (PART + VOID.len()) as u64, vec![]));
}

#[test]
fn the_etag_of_oss() {
    let manifest = Manifest { parts: vec![(1, "\"A\"".into()), (2, "\"B\"".into())], size: 2, crc64: None };
    // MD5 of "AB".
    assert_eq!(manifest.etag(), "B86FC6B051F63D73DE262D4C34E3A0A9-2");
}

#[test]
fn p2_memory_is_taken_as_it_is_needed() {
    let mut upload = Upload::new(512 << 20, 4);
    upload.take(&[1; 1000]).unwrap();
    assert!(upload.buffer.capacity() < 4096);
    let small = Upload::new(PART, 4);
    assert_eq!(small.buffer.capacity(), 0);
}

#[test]
fn an_upload_of_one_call_is_known_by_its_mark() {
    let part = |number, bytes: &[u8]| ListedPart {
        number,
        size: bytes.len() as u64,
        etag: "\"E\"".into(),
        crc64: Some(crc64(bytes)),
    };
    assert!(is_resumable(&[]));
    assert!(is_resumable(&[part(1, b"content"), part(MARK_NUMBER, b"content")]));
    assert!(is_resumable(&[part(1, NOT_RESUMABLE)]), "at its own number only");
    assert!(!is_resumable(&[part(1, b"content"), part(MARK_NUMBER, NOT_RESUMABLE)]));
    let mut upload = Upload::new(1, 1);
    upload.reserve_last_number();
    assert_eq!(upload.room(), MAX_PARTS - 1);
}

/// 8.3: sums of sizes that OSS states are checked.
#[test]
fn parts_that_are_too_large_together_are_refused() {
    let part = |number, size| ListedPart { number, size, etag: "\"E\"".into(), crc64: Some(1) };
    let most = crate::blob::MAX_OBJECT;
    let resume = |listed, remainder| {
        Upload::from_listed_parts(1, listed, remainder, |_| PART).map(|resumed| resumed.upload.size())
    };
    assert_eq!(resume(vec![part(1, most - 1), part(2, 1)], None), Ok(most));
    for second in [2, u64::MAX, u64::MAX - most + 2] {
        assert_eq!(resume(vec![part(1, most - 1), part(2, second)], None), Err(TooLarge), "{second}");
    }
    let remainder = |start| Some(Remainder { start, bytes: vec![1; 2] });
    assert_eq!(resume(vec![part(1, most - 1)], remainder(most - 1)), Err(TooLarge));
    assert_eq!(resume(vec![part(1, 5)], remainder(u64::MAX)), Ok(5), "one that stands elsewhere");
}
