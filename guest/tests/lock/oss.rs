//! A bucket of OSS in memory, with the semantics that the lock rests on and those that could break it: AppendObject's check
//! of the length, types of objects, versions, `forbid-overwrite`, times to the second, deadlines of signed URLs.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use ossicle_guest::checksum::{Crc64, crc64};
use ossicle_guest::message;
use ossicle_guest::signature::Moment;
use percent_encoding::percent_decode_str;

/// The simulated world's first second.
pub const EPOCH: u64 = 1_780_000_000;
pub const SECOND: u64 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    Never,
    Enabled,
    Suspended,
}

#[derive(Clone)]
pub struct Object {
    pub data: Vec<u8>,
    pub crc: Crc64,
    pub appendable: bool,
    /// Microseconds of the world.
    pub modified: u64,
    /// Length and time of every state, for looks that are out of date.
    pub history: Vec<(usize, u64)>,
    /// Its metadata, as far as it is kept.
    pub metadata: Vec<(&'static str, String)>,
}

/// What is kept of an object's metadata.
const METADATA: [&str; 4] =
    ["x-oss-meta-ossicle-nonce", "x-oss-meta-ossicle-set", "x-oss-meta-ossicle-was", "x-oss-meta-ossicle-value-size"];

impl Object {
    pub fn new(data: Vec<u8>, appendable: bool, modified: u64) -> Self {
        let mut crc = Crc64::default();
        crc.update(&data);
        let history = vec![(data.len(), modified)];
        Self { data, crc, appendable, modified, history, metadata: Vec::new() }
    }
}

/// A request, as the server reads it.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub object: String,
    pub query: BTreeMap<String, String>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Bytes,
}

impl Request {
    pub fn read(request: message::Request) -> Self {
        let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let (path, query) = request.path_with_query.split_once('?').unwrap_or((&request.path_with_query, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            method: request.method.as_str().to_owned(),
            object: decode(path.trim_start_matches('/')),
            query: query
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
            headers: request.headers,
            body: request.body,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| std::str::from_utf8(value).unwrap())
    }

    pub fn is_append(&self) -> bool {
        self.query.contains_key("append")
    }

    pub fn position(&self) -> u64 {
        self.query.get("position").and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// `A`, `N` or `L` for an append of a record.
    pub fn kind(&self) -> Option<char> {
        (self.is_append() && self.body.len() > 9).then(|| char::from(self.body[9]))
    }

    pub fn is_guarded(&self) -> bool {
        self.query.contains_key("x-oss-expires")
    }

    pub fn describe(&self) -> String {
        match self.kind() {
            Some(kind) => format!("append {kind} at {} of {}", self.position(), self.object),
            None if self.is_guarded() => format!("guarded {} {}", self.method, self.object),
            None => format!("{} {}", self.method, self.object),
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Reply {
    pub fn new(status: u16) -> Self {
        Self { status, headers: vec![("x-oss-request-id", "R".into())], body: Bytes::new() }
    }

    pub fn error(status: u16, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>{code}</Message><EC>0</EC></Error>");
        Self { body: body.into(), ..Self::new(status) }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    pub fn set(&mut self, name: &'static str, value: Option<String>) {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.extend(value.map(|value| (name, value)));
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

/// A change that took effect.
#[derive(Clone, Debug)]
pub enum Change {
    Append { object: String, position: u64, bytes: Bytes },
    Put { object: String, bytes: Bytes },
    Delete { object: String },
}

pub struct Oss {
    pub objects: BTreeMap<String, Object>,
    /// Objects whose latest version is a delete marker.
    pub markers: BTreeSet<String>,
    pub versioning: Versioning,
    /// Appends land wherever the object ends, as in an emulator that forgot the check (mutant M5 of the server).
    pub forgets_positions: bool,
    /// How many objects a delete of many removes before it breaks off.
    pub most_of_batch: usize,
    /// What changed since somebody looked.
    pub changes: Vec<Change>,
    pub requests: u64,
    dates: BTreeMap<u64, String>,
}

impl Oss {
    pub fn new(versioning: Versioning) -> Self {
        Self {
            objects: BTreeMap::new(),
            markers: BTreeSet::new(),
            versioning,
            forgets_positions: false,
            most_of_batch: usize::MAX,
            changes: Vec::new(),
            requests: 0,
            dates: BTreeMap::new(),
        }
    }

    pub fn date(&mut self, micros: u64) -> String {
        let second = EPOCH + micros / SECOND;
        if self.dates.len() > 10_000 {
            self.dates.clear();
        }
        let date = self.dates.entry(second);
        date.or_insert_with(|| Moment::since_epoch(std::time::Duration::from_secs(second)).http()).clone()
    }

    /// What is checked when a request arrives at a server whose clock shows `clock`.
    pub fn refuses(&mut self, request: &Request, clock: u64) -> Option<Reply> {
        let now = EPOCH + clock / SECOND;
        let refusal = if let Some(expires) = request.query.get("x-oss-expires") {
            let from = basic(&request.query["x-oss-date"]);
            (now > from + expires.parse::<u64>().unwrap()).then(|| {
                let mut reply = Reply::error(403, "AccessDenied");
                reply.body = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>".into();
                reply
            })
        } else {
            let signed = request.header("x-oss-date").map_or(now, basic);
            (signed.abs_diff(now) > 900).then(|| Reply::error(403, "RequestTimeTooSkewed"))
        };
        let date = self.date(clock);
        refusal.map(|reply| reply.with("date", date))
    }

    /// Serves a request at a moment of the world; the answer is dated by a clock that shows `clock`. `stale` answers a look
    /// by the state before the last change.
    pub fn serve(&mut self, request: &Request, now: u64, clock: u64, stale: bool) -> Reply {
        self.requests += 1;
        let mut reply = match (request.method.as_str(), request.object.as_str()) {
            ("POST", _) if request.is_append() => self.append(request, now),
            ("POST", "") => self.batch(request),
            ("GET", "") if request.query.contains_key("versioning") => self.versioning(),
            ("GET", "") => self.list(request),
            ("GET", _) => self.get(request, stale),
            ("HEAD", _) => Reply { body: Bytes::new(), ..self.get(request, false) },
            ("PUT", _) => self.put(request, now),
            ("DELETE", _) => self.delete(&request.object),
            _ => Reply::error(405, "MethodNotAllowed"),
        };
        if reply.get("date").is_none() {
            reply = reply.with("date", self.date(clock));
        }
        if self.versioning != Versioning::Never && reply.status < 300 && !request.object.is_empty() {
            reply = reply.with("x-oss-version-id", "null");
        }
        reply
    }

    fn append(&mut self, request: &Request, now: u64) -> Reply {
        let object = self.objects.get(&request.object);
        let length = object.map_or(0, |object| object.data.len() as u64);
        if object.is_some_and(|object| !object.appendable) {
            return Reply::error(409, "ObjectNotAppendable");
        }
        let position = request.position();
        if position != length && !self.forgets_positions {
            return Reply::error(409, "PositionNotEqualToLength")
                .with("x-oss-next-append-position", length.to_string());
        }
        let object = self.objects.entry(request.object.clone()).or_insert_with(|| Object::new(Vec::new(), true, now));
        object.data.extend_from_slice(&request.body);
        object.crc.update(&request.body);
        object.modified = now;
        object.history.push((object.data.len(), now));
        let (next, crc) = (object.data.len() as u64, object.crc.value());
        self.markers.remove(&request.object);
        self.changes.push(Change::Append {
            object: request.object.clone(),
            position: length,
            bytes: request.body.clone(),
        });
        let (next, crc) = if self.forgets_positions {
            // Such an emulator states what the client expects.
            (position + request.body.len() as u64, crc)
        } else {
            (next, crc)
        };
        Reply::new(200)
            .with("x-oss-next-append-position", next.to_string())
            .with("x-oss-hash-crc64ecma", crc.to_string())
    }

    fn versioning(&self) -> Reply {
        let status = match self.versioning {
            Versioning::Never => "",
            Versioning::Enabled => "<Status>Enabled</Status>",
            Versioning::Suspended => "<Status>Suspended</Status>",
        };
        let body = format!("<VersioningConfiguration>{status}</VersioningConfiguration>");
        Reply { body: body.into(), ..Reply::new(200) }
    }

    fn get(&mut self, request: &Request, stale: bool) -> Reply {
        let Some(object) = self.objects.get(&request.object) else {
            let reply = Reply::error(404, "NoSuchKey");
            return if self.markers.contains(&request.object) {
                reply.with("x-oss-delete-marker", "true")
            } else {
                reply
            };
        };
        let states = &object.history;
        let back = usize::from(stale && states.len() > 1);
        let (length, modified) = states[states.len() - 1 - back];
        let data = &object.data[..length];
        let whole_crc = if back == 0 { object.crc.value() } else { crc64(data) };
        let (mut from, mut to, mut status) = (0, length, 200);
        if let Some(range) = request.header("range") {
            let range = range.strip_prefix("bytes=").unwrap();
            if let Some(suffix) = range.strip_prefix('-') {
                let suffix: usize = suffix.parse().unwrap();
                if length > suffix {
                    (from, status) = (length - suffix, 206);
                }
            } else {
                let (first, last) = range.split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                if first >= length {
                    return Reply::error(416, "InvalidRange");
                }
                (from, to, status) = (first, (last + 1).min(length), 206);
            }
        }
        let body = Bytes::copy_from_slice(&data[from..to]);
        let kind = if object.appendable { "Appendable" } else { "Normal" };
        let mut reply = Reply { body, ..Reply::new(status) }
            .with("content-length", (to - from).to_string())
            .with("x-oss-hash-crc64ecma", whole_crc.to_string())
            .with("x-oss-object-type", kind)
            .with("etag", format!("\"{whole_crc:016X}\""));
        reply.headers.extend(object.metadata.iter().cloned());
        if status == 206 {
            reply = reply.with("content-range", format!("bytes {from}-{}/{length}", to - 1));
        }
        let modified = self.date(modified);
        if back == 1 {
            reply = reply.with("date", modified.clone());
        }
        reply.with("last-modified", modified)
    }

    fn put(&mut self, request: &Request, now: u64) -> Reply {
        let forbidden = request.header("x-oss-forbid-overwrite") == Some("true");
        if forbidden && self.versioning == Versioning::Never && self.objects.contains_key(&request.object) {
            return Reply::error(409, "FileAlreadyExists");
        }
        let mut object = Object::new(request.body.to_vec(), false, now);
        let stated = |name| request.header(name).map(|value| (name, value.to_owned()));
        object.metadata = METADATA.into_iter().filter_map(stated).collect();
        let crc = object.crc.value();
        self.objects.insert(request.object.clone(), object);
        self.markers.remove(&request.object);
        self.changes.push(Change::Put { object: request.object.clone(), bytes: request.body.clone() });
        Reply::new(200).with("x-oss-hash-crc64ecma", crc.to_string())
    }

    pub fn delete(&mut self, object: &str) -> Reply {
        if self.objects.remove(object).is_some() {
            if self.versioning != Versioning::Never {
                self.markers.insert(object.to_owned());
            }
            self.changes.push(Change::Delete { object: object.to_owned() });
        }
        Reply::new(204)
    }

    fn batch(&mut self, request: &Request) -> Reply {
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let mut out = String::from("<DeleteResult><EncodingType>url</EncodingType>");
        for part in body.split("<Key>").skip(1).take(self.most_of_batch) {
            let name = part.split("</Key>").next().unwrap();
            self.delete(name);
            out.push_str(&format!("<Deleted><Key>{name}</Key></Deleted>"));
        }
        out.push_str("</DeleteResult>");
        Reply { body: out.into(), ..Reply::new(200) }
    }

    fn list(&mut self, request: &Request) -> Reply {
        let prefix = request.query.get("prefix").cloned().unwrap_or_default();
        let (mut out, mut count, mut seen) = (String::new(), 0, BTreeSet::new());
        for (name, object) in self.objects.range(prefix.clone()..) {
            let Some(rest) = name.strip_prefix(&prefix) else { break };
            match rest.split_once('/') {
                Some((directory, _)) if request.query.contains_key("delimiter") => {
                    if seen.insert(directory.to_owned()) {
                        out.push_str(&format!(
                            "<CommonPrefixes><Prefix>{prefix}{directory}/</Prefix></CommonPrefixes>"
                        ));
                        count += 1;
                    }
                }
                _ => {
                    let size = object.data.len();
                    out.push_str(&format!(
                        "<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                         <Size>{size}</Size></Contents>"
                    ));
                    count += 1;
                }
            }
        }
        let body = format!(
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
             <KeyCount>{count}</KeyCount>{out}</ListBucketResult>"
        );
        Reply { body: body.into(), ..Reply::new(200) }
    }
}

/// `20260528T203320Z` in seconds since 1970.
fn basic(text: &str) -> u64 {
    let part = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    let (year, month, day) = (part(0..4), part(4..6), part(6..8));
    // Days of a year that begins in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    u64::try_from(days * 86_400 + part(9..11) * 3600 + part(11..13) * 60 + part(13..15)).unwrap()
}

#[test]
fn dates_of_signatures() {
    let moment = Moment::since_epoch(std::time::Duration::from_secs(EPOCH + 123_456));
    assert_eq!(basic(moment.basic()), EPOCH + 123_456);
}
