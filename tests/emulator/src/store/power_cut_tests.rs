//! Cuts the power after every single change of a data folder, and looks whether everything that was answered is there.
//!
//! The changes are recorded where they are made. What a disk holds after a cut is then worked out by the least that a file
//! system promises: the content of a file is what it was when the file was last synchronised, and a name is there, or gone,
//! if its folder was synchronised afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::files::Files;
use super::*;
use crate::checksum::crc64;

/// A change, or what makes earlier ones last.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Wrote(PathBuf, u64, Vec<u8>),
    SyncedFile(PathBuf),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
    Made(PathBuf),
    SyncedFolder(PathBuf),
}

/// Records the changes if a test wants to know them.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace(Option<Arc<Mutex<Vec<Event>>>>);

impl Trace {
    pub(super) fn push(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = &self.0 {
            events.lock().unwrap_or_else(PoisonError::into_inner).push(event());
        }
    }
}

/// A file or a folder, by a number that stays when it is renamed.
#[derive(Clone, Default)]
struct Node {
    folder: bool,
    now: Vec<u8>,
    lasting: Vec<u8>,
    names: BTreeMap<String, usize>,
    lasting_names: BTreeMap<String, usize>,
}

/// A disk. The first node is the data folder.
struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
}

impl Disk {
    fn find(&self, path: &Path) -> usize {
        let within = path.strip_prefix(&self.root).expect("within the data folder");
        within.iter().fold(0, |at, name| self.nodes[at].names[name.to_str().expect("text")])
    }

    fn name(path: &Path) -> String {
        path.file_name().expect("a name").to_str().expect("text").to_owned()
    }

    fn parent(&mut self, path: &Path) -> &mut Node {
        let at = self.find(path.parent().expect("a parent"));
        &mut self.nodes[at]
    }

    fn add(&mut self, path: &Path, folder: bool) -> usize {
        let number = self.nodes.len();
        self.nodes.push(Node { folder, ..Node::default() });
        self.parent(path).names.insert(Self::name(path), number);
        number
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Wrote(path, offset, bytes) => {
                let known = self.parent(path).names.get(&Self::name(path)).copied();
                let at = match known {
                    Some(at) => at,
                    None => self.add(path, false),
                };
                let now = &mut self.nodes[at].now;
                now.resize(now.len().max(*offset as usize + bytes.len()), 0);
                now[*offset as usize..][..bytes.len()].copy_from_slice(bytes);
            }
            Event::SyncedFile(path) => {
                let at = self.find(path);
                self.nodes[at].lasting = self.nodes[at].now.clone();
            }
            Event::Renamed(from, to) => {
                let at = self.parent(from).names.remove(&Self::name(from)).expect("is there");
                self.parent(to).names.insert(Self::name(to), at);
            }
            Event::Removed(path) => {
                self.parent(path).names.remove(&Self::name(path));
            }
            Event::Made(path) => {
                self.add(path, true);
            }
            Event::SyncedFolder(path) => {
                let at = self.find(path);
                self.nodes[at].lasting_names = self.nodes[at].names.clone();
            }
        }
    }

    /// What is left after a power cut. With `early`, everything was written although nobody synchronised it: a disk may do so.
    fn after_cut(&self, at: usize, path: &Path, early: bool) {
        let node = &self.nodes[at];
        if !node.folder {
            return fs::write(path, if early { &node.now } else { &node.lasting }).expect("writes");
        }
        fs::create_dir_all(path).expect("makes");
        for (name, next) in if early { &node.names } else { &node.lasting_names } {
            self.after_cut(*next, &path.join(name), early);
        }
    }
}

fn content(kind: ObjectType, body: Body) -> Content {
    let bytes = body.read().expect("read");
    Content { kind, body, etag: "E".into(), crc64: crc64(&bytes), md5: None, metadata: Arc::default() }
}

fn part(number: u32, body: Body) -> Part {
    Part { number, etag: format!("E{number}"), crc64: 0, modified: 0, body }
}

fn body(text: &str) -> Body {
    bytes::Bytes::copy_from_slice(text.as_bytes()).into()
}

/// What clients were told is there: objects by key (`None` means gone), uploads with their parts.
#[derive(Clone, Debug, Default)]
struct Answered {
    bucket: bool,
    objects: BTreeMap<&'static str, Option<String>>,
    uploads: BTreeMap<String, BTreeMap<u32, String>>,
}

/// Does what clients do, and notes after each answer how many events there were.
fn play(store: &Store, trace: &Trace) -> Vec<(usize, Answered)> {
    let mut notes = Vec::new();
    let mut told = Answered::default();
    let mut note = |told: &Answered| {
        let events = trace.0.as_ref().expect("a trace").lock().expect("lock").len();
        notes.push((events, told.clone()));
    };
    let settings = BucketSettings {
        name: "shop".into(),
        region: "r".into(),
        owner: "o".into(),
        created: 0,
        ..BucketSettings::default()
    };
    let bucket = store.create(settings).expect("made").expect("new");
    told.bucket = true;
    note(&told);
    let put = |key, text: &str| {
        let body = bucket.settle(body(text)).expect("settles");
        bucket.put(key, content(ObjectType::Normal, body), 0, None).expect("puts");
    };
    for (key, text) in [("a", "one"), ("b", "two"), ("a", "three"), ("empty", "")] {
        put(key, text);
        told.objects.insert(key, Some(text.to_owned()));
        note(&told);
    }
    let mut log = String::new();
    for number in 0..4 {
        let text = format!("line {number};");
        let piece = part(0, body(&text));
        bucket.append("log", log.len() as u64, &piece, &Arc::default()).expect("appends");
        log.push_str(&text);
        told.objects.insert("log", Some(log.clone()));
        note(&told);
    }
    bucket.delete("b", None, 0).expect("deletes");
    told.objects.insert("b", None);
    note(&told);
    let id = bucket.initiate("whole", Arc::default(), false, 0).expect("begins");
    told.uploads.insert(id.clone(), BTreeMap::new());
    note(&told);
    for (number, text) in [(1, "first"), (2, "second"), (1, "FIRST")] {
        let body = bucket.settle(body(text)).expect("settles");
        bucket.add_part("whole", &id, part(number, body)).expect("adds");
        told.uploads.get_mut(&id).expect("there").insert(number, text.to_owned());
        note(&told);
    }
    let version = bucket.find("log", None).expect("there");
    bucket.amend("log", &version, |metadata| metadata.acl = Some("private".into())).expect("amends");
    note(&told);
    let chosen = Chosen::Listed(vec![(2, "E2".into())]);
    let how = Completion { chosen: &chosen, now: 0, forbid: None, acl: None, md5: None };
    bucket.complete("whole", &id, how).expect("completes");
    told.objects.insert("whole", Some("second".into()));
    told.uploads.remove(&id);
    note(&told);
    let other = bucket.initiate("other", Arc::default(), false, 0).expect("begins");
    bucket.abort("other", &other).expect("aborts");
    note(&told);
    bucket.append("log", log.len() as u64, &part(0, body("last")), &Arc::default()).expect("appends");
    told.objects.insert("log", Some(format!("{log}last")));
    note(&told);
    notes
}

/// Looks whether everything that was answered is there. `next` is what the request under way makes of it.
fn check(folder: &Path, told: &Answered, next: &Answered, cut: usize) {
    let store = Store::open(folder.to_owned(), true).expect("opens");
    assert_eq!(store.set_aside(), [], "after {cut} changes");
    let Some(bucket) = store.bucket("shop") else {
        return assert!(!told.bucket, "the bucket is lost after {cut} changes");
    };
    let read = |key: &str| {
        let version = bucket.find(key, None).ok()?;
        let bytes = version.content.as_ref()?.body.read().expect("its bytes");
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    };
    for key in next.objects.keys() {
        let found = read(key);
        let before = told.objects.get(key).cloned().flatten();
        assert!(found == before || found == next.objects[key], "{key} is {found:?} after {cut} changes");
    }
    let state = bucket.read();
    for (id, parts) in &told.uploads {
        let Some(next) = next.uploads.get(id) else { continue };
        let upload = state.uploads.get("whole", id).expect("the upload");
        for (number, text) in parts {
            let found = upload.parts[number].body.read().expect("its bytes");
            let newer = &next[number];
            assert!(found == text.as_bytes() || found == newer.as_bytes(), "part {number} after {cut} changes");
        }
    }
}

fn cut_everywhere(sync: bool, early: bool) {
    let live = tempfile::tempdir().expect("folder");
    let root = live.path().canonicalize().expect("a path").join("data");
    let mut files = Files::new(sync);
    files.trace = Trace(Some(Arc::default()));
    let trace = files.trace.clone();
    let store = Store::open_with(root.clone(), files).expect("opens");
    let notes = play(&store, &trace);
    let events = trace.0.as_ref().expect("a trace").lock().expect("lock").clone();
    let mut disk = Disk { root, nodes: vec![Node { folder: true, ..Node::default() }] };
    let nothing = (0, Answered::default());
    for cut in 0..=events.len() {
        if cut > 0 {
            disk.apply(&events[cut - 1]);
        }
        let told = notes.iter().rev().find(|(count, _)| *count <= cut).unwrap_or(&nothing);
        let next = notes.iter().find(|(count, _)| *count > cut).unwrap_or(told);
        let folder = tempfile::tempdir().expect("folder");
        disk.after_cut(0, &folder.path().join("data"), early);
        check(&folder.path().join("data"), &told.1, &next.1, cut);
    }
    assert!(events.len() > 50, "{}", events.len());
}

/// 1.14
#[test]
fn what_was_answered_survives_a_power_cut() {
    cut_everywhere(true, false);
}

/// 1.14: the end of the process alone, by SIGKILL, needs no synchronising.
#[test]
fn what_was_answered_survives_the_end_of_the_process() {
    cut_everywhere(true, true);
    cut_everywhere(false, true);
}

/// 1.14: the test itself notices that nothing is synchronised.
#[test]
#[should_panic(expected = "the bucket is lost")]
fn without_synchronising_a_power_cut_costs_what_was_answered() {
    cut_everywhere(false, false);
}
