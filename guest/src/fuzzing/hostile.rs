//! A server that answers as the fuzzer's bytes say, and a world whose time moves only when everything waits.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::config::is_authority;
use super::{Dice, Input};
use crate::checksum::crc64;
use crate::credentials::Temporary;
use crate::lock::Record;
use crate::message::{Method, Request, Response, ResponseHeaders};
use crate::ports::{
    Body, Clock, CredentialHost, Entropy, ExchangeTimeouts, Transport, TransportError, TransportErrorKind,
};
use crate::wake_signal::{self, WakeOnDrop, WakeSignal, WakeSignals};

/// More requests than any call makes of a server that does not lead it on. Later ones fail, and calls must then end.
const MAX_REQUESTS: u32 = 400;

const DATES: [&str; 6] = [
    "Wed, 28 Dec 2022 10:27:41 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Wed, 28 Dec 2022 10:27:44 GMT",
    "Wed, 28 Dec 2022 10:28:59 GMT",
    "x",
];
const DOCUMENT_DATES: [&str; 4] = ["2022-12-28T10:27:41.000Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "x"];

/// All ports. Clones share one world.
#[derive(Clone)]
pub(super) struct Hostile(Rc<World>);

struct World {
    data: Vec<u8>,
    position: Cell<usize>,
    elapsed: Cell<Duration>,
    longest_sleep: Cell<Duration>,
    alarms: RefCell<Vec<Duration>>,
    wakers: RefCell<Vec<Waker>>,
    dice: Dice,
    requests: Cell<u32>,
}

impl Hostile {
    pub(super) fn new(data: &[u8]) -> Self {
        Self(Rc::new(World {
            data: data.to_vec(),
            position: Cell::default(),
            elapsed: Cell::default(),
            longest_sleep: Cell::default(),
            alarms: RefCell::default(),
            wakers: RefCell::default(),
            dice: Dice::new(3),
            requests: Cell::default(),
        }))
    }

    /// Draws from the bytes that are left.
    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Input<'_>) -> T) -> T {
        let mut input = Input::new(&self.0.data[self.0.position.get()..]);
        let value = draw(&mut input);
        self.0.position.set(self.0.data.len() - input.len());
        value
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.position.get() >= self.0.data.len()
    }

    /// The longest single wait that anything asked for so far.
    pub(super) fn longest_sleep(&self) -> Duration {
        self.0.longest_sleep.get()
    }

    /// Runs a future, moving the clock to the next alarm whenever it waits.
    pub(super) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return value;
            }
            let mut alarms = self.0.alarms.borrow_mut();
            alarms.retain(|alarm| *alarm > self.0.elapsed.get());
            let next = alarms.iter().min().copied();
            self.0.elapsed.set(next.expect("the future waits for something that never happens"));
            self.0.wakers.take().into_iter().for_each(Waker::wake);
        }
    }
}

impl Clock for Hostile {
    fn now(&self) -> Duration {
        Duration::from_secs(1_672_223_261).saturating_add(self.0.elapsed.get())
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed.get()
    }

    fn sleep(&self, length: Duration) -> impl Future<Output = ()> {
        self.0.longest_sleep.set(self.0.longest_sleep.get().max(length));
        let until = self.0.elapsed.get().saturating_add(length);
        self.0.alarms.borrow_mut().push(until);
        std::future::poll_fn(move |context| {
            if self.0.elapsed.get() >= until {
                return Poll::Ready(());
            }
            self.0.wakers.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
    }
}

impl Entropy for Hostile {
    fn random_u64(&self) -> u64 {
        self.0.dice.random_u64()
    }
}

impl WakeSignals for Hostile {
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
        wake_signal::local()
    }
}

impl CredentialHost for Hostile {
    async fn credentials(&self) -> Result<Temporary, String> {
        Err("none".into())
    }
}

/// The pieces of a body, the last one first, and whether it breaks after them.
pub(super) struct Pieces {
    pieces: Vec<Bytes>,
    breaks: bool,
}

impl Body for Pieces {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        match self.pieces.pop() {
            Some(piece) => Ok(Some(piece)),
            None if self.breaks => failed(TransportErrorKind::Broken),
            None => Ok(None),
        }
    }
}

fn failed<T>(kind: TransportErrorKind) -> Result<T, TransportError> {
    Err(TransportError { kind, message: "fuzz".into() })
}

impl Transport for Hostile {
    type Body = Pieces;

    async fn send(&self, request: Request, timeouts: ExchangeTimeouts) -> Result<Response<Pieces>, TransportError> {
        check(&request);
        self.0.requests.set(self.0.requests.get() + 1);
        if self.is_empty() || self.0.requests.get() > MAX_REQUESTS {
            return failed(TransportErrorKind::Refused);
        }
        let kind = self.draw(|input| input.byte());
        if kind & 0xf0 == 0xf0 {
            self.sleep(timeouts.first_byte.min(Duration::from_millis(u64::from(kind & 0xf) * 500))).await;
            const KINDS: [TransportErrorKind; 3] =
                [TransportErrorKind::NotSent, TransportErrorKind::Broken, TransportErrorKind::TimedOut];
            return failed(KINDS[usize::from(kind) % 3]);
        }
        if kind & 0xc0 == 0x80 {
            self.sleep(Duration::from_millis(u64::from(kind & 0x3f) * 300).min(timeouts.first_byte)).await;
        }
        let answer = self.draw(|input| Answer::draw(&request, input));
        let body = Bytes::from(answer.body);
        let cut = if kind & 1 == 0 { 0 } else { body.len() / 2 };
        let pieces = [body.slice(cut..), body.slice(..cut)].into_iter().filter(|piece| !piece.is_empty()).collect();
        let fields = answer.fields.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        let body = Pieces { pieces, breaks: kind & 0x3e == 0x3e };
        Ok(Response { status: answer.status, headers: ResponseHeaders::new(fields), body })
    }
}

/// What must hold of every request, whatever led to it.
fn check(request: &Request) {
    let is_graphic = |byte: u8| byte.is_ascii_graphic();
    assert!(is_authority(&request.authority));
    assert!(request.path_with_query.starts_with('/') && request.path_with_query.bytes().all(is_graphic));
    for (name, value) in &request.headers {
        assert!(!name.is_empty() && name.bytes().all(is_graphic), "{name:?}");
        assert!(value.iter().all(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f), "{name}");
    }
    assert!(request.method != Method::Delete || request.path_with_query != "/", "that deletes the bucket");
}

/// An answer in the making.
struct Answer {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
    crc64: Option<u64>,
    /// Whether numbers are those that OSS would give.
    is_honest: bool,
}

impl Answer {
    /// What OSS might answer to a request, with names, numbers and dates from the input; one in four is then damaged.
    fn draw(request: &Request, input: &mut Input<'_>) -> Self {
        let is_honest = !input.one_in(4);
        let fields = vec![("x-oss-request-id", "R".to_owned()), ("date", input.pick(&DATES).to_owned())];
        let mut answer = Self { status: 200, fields, body: Vec::new(), crc64: None, is_honest };
        let etag = format!("\"{}\"", input.byte() % 3);
        answer.answer(&Asked::of(request), &etag, input);
        if let Some(crc64) = answer.crc64 {
            let stated = answer.stated(crc64, input).to_string();
            answer.fields.push(("x-oss-hash-crc64ecma", stated));
        }
        answer.fields.push(("etag", etag));
        if request.method != Method::Head && input.one_in(2) {
            let length = answer.stated(answer.body.len() as u64, input).to_string();
            answer.fields.push(("content-length", length));
        }
        if answer.status == 404 {
            let code = input.pick(&["NoSuchKey", "NoSuchUpload", "NoSuchBucket", ""]);
            answer.body = format!("<Error><Code>{code}</Code></Error>").into_bytes();
            answer.fields.retain(|(name, _)| !["content-length", "x-oss-hash-crc64ecma"].contains(name));
        }
        if !is_honest {
            answer.damage(input);
        }
        answer
    }

    /// A number as OSS would give it, or another one from who is not honest.
    fn stated(&self, right: u64, input: &mut Input<'_>) -> u64 {
        if self.is_honest || input.one_in(2) { right } else { input.number() }
    }

    fn answer(&mut self, asked: &Asked<'_>, etag: &str, input: &mut Input<'_>) {
        match asked.request.method {
            Method::Get if asked.parameter("list-type").is_some() => self.listing(asked, input),
            Method::Get if asked.parameter("uploads").is_some() => self.uploads(asked, input),
            Method::Get if asked.parameter("uploadId").is_some() => self.parts(asked, etag, input),
            Method::Get if asked.parameter("tagging").is_some() => {
                self.body = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>".to_vec();
            }
            Method::Get => self.object(asked, input),
            Method::Head => self.head(input),
            Method::Post if asked.parameter("append").is_some() => {
                let position = asked.parameter("position").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
                let next = self.stated(position.saturating_add(asked.request.body.len() as u64), input);
                self.fields.push(("x-oss-next-append-position", next.to_string()));
                self.crc64 = Some(if position == 0 { crc64(&asked.request.body) } else { input.number() });
            }
            Method::Post if asked.parameter("uploads").is_some() => {
                self.body =
                    b"<InitiateMultipartUploadResult><UploadId>5</UploadId></InitiateMultipartUploadResult>".to_vec();
            }
            Method::Post if asked.parameter("delete").is_some() => self.deleted(asked, input),
            Method::Post => {
                let document =
                    format!("<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>");
                self.body = document.into_bytes();
                self.crc64 = input.one_in(2).then(|| input.number());
            }
            Method::Put if asked.request.header("x-oss-copy-source-range").is_some() => {
                self.body = format!("<CopyPartResult><ETag>{etag}</ETag></CopyPartResult>").into_bytes();
            }
            Method::Put if asked.request.header("x-oss-copy-source").is_some() => {
                self.body = format!("<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>").into_bytes();
            }
            Method::Put => self.crc64 = Some(crc64(&asked.request.body)),
            Method::Delete => self.status = 204,
        }
    }

    fn listing(&mut self, asked: &Asked<'_>, input: &mut Input<'_>) {
        let prefix = asked.parameter("prefix").unwrap_or_default();
        let mut document = String::from("<ListBucketResult><EncodingType>url</EncodingType>");
        let count = input.byte() % 6;
        for _ in 0..count {
            let name = encoded(&object_name(input, &prefix));
            let added = if input.one_in(4) {
                write!(document, "<CommonPrefixes><Prefix>{name}/</Prefix></CommonPrefixes>")
            } else {
                let (size, date) = (input.number(), input.pick(&DOCUMENT_DATES));
                write!(
                    document,
                    "<Contents><Key>{name}</Key><Size>{size}</Size><LastModified>{date}</LastModified></Contents>"
                )
            };
            added.expect("text grows");
        }
        let more = input.one_in(4);
        let (count, token) = (self.stated(count.into(), input), input.byte());
        write!(
            document,
            "<KeyCount>{count}</KeyCount><IsTruncated>{more}</IsTruncated>\
             <NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>"
        )
        .expect("text grows");
        self.body = document.into_bytes();
    }

    fn uploads(&mut self, asked: &Asked<'_>, input: &mut Input<'_>) {
        let prefix = asked.parameter("prefix").unwrap_or_default();
        let mut document = String::from("<ListMultipartUploadsResult><EncodingType>url</EncodingType>");
        for _ in 0..input.byte() % 4 {
            let other = encoded(&object_name(input, &prefix));
            let name = if input.one_in(2) { other } else { prefix.clone() };
            let (id, date) = (input.byte(), input.pick(&DOCUMENT_DATES[..3]));
            write!(
                document,
                "<Upload><Key>{name}</Key><UploadId>{id}</UploadId><Initiated>{date}</Initiated></Upload>"
            )
            .expect("text grows");
        }
        let more = input.one_in(4);
        write!(document, "<IsTruncated>{more}</IsTruncated></ListMultipartUploadsResult>").expect("text grows");
        self.body = document.into_bytes();
    }

    fn parts(&mut self, asked: &Asked<'_>, etag: &str, input: &mut Input<'_>) {
        let mut document = String::from("<ListPartsResult>");
        let marker = asked.parameter("part-number-marker").and_then(|marker| marker.parse::<u32>().ok());
        let mut number = marker.unwrap_or(0);
        for _ in 0..input.byte() % 5 {
            let step = if input.one_in(16) { 1 + (input.u32() >> 1) } else { 1 };
            number = number.saturating_add(step);
            let crc64 = input.byte();
            let size = if input.one_in(2) { 102_400 } else { input.number() };
            write!(
                document,
                "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>\
                 <HashCrc64ecma>{crc64}</HashCrc64ecma><Size>{size}</Size></Part>"
            )
            .expect("text grows");
        }
        let more = input.one_in(4);
        write!(
            document,
            "<IsTruncated>{more}</IsTruncated><NextPartNumberMarker>{number}</NextPartNumberMarker></ListPartsResult>"
        )
        .expect("text grows");
        self.body = document.into_bytes();
    }

    /// Content: any bytes, the remainder of an upload, or a record of a lock; whole, or as much as a range asks for.
    fn object(&mut self, asked: &Asked<'_>, input: &mut Input<'_>) {
        let count = input.byte().into();
        let content = input.bytes(count);
        self.body = match input.byte() % 4 {
            0 => {
                let start = input.number().to_le_bytes();
                let part_size = if input.one_in(2) { 10 << 20 } else { input.number() };
                [b"ossicle1".as_slice(), &start, &part_size.to_le_bytes(), content].concat()
            }
            1 | 2 => crate::lock::fuzzing::record(input).to_bytes(),
            _ => content.to_vec(),
        };
        self.fields.push(("x-oss-object-type", input.pick(&["Appendable", "Normal", "Appendable"]).to_owned()));
        self.fields.push(("last-modified", input.pick(&DATES).to_owned()));
        match asked.request.header("range") {
            Some(range) => self.range(range, input),
            None if input.one_in(2) => self.status = 404,
            None => {}
        }
        self.crc64 = Some(if self.status == 206 { input.number() } else { crc64(&self.body) });
    }

    fn range(&mut self, range: &str, input: &mut Input<'_>) {
        self.status = if input.one_in(8) { 404 } else { 206 };
        let length = self.body.len() as u64;
        let number = |text: &str| text.parse::<u64>().expect("a range of numbers");
        let (first, last, size) = match range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) {
            Some(("", suffix)) => {
                let of_record = Record::parse(&self.body).map(|record| record.position.saturating_add(128));
                let size = of_record.unwrap_or_else(|_| self.stated(length, input));
                (size.saturating_sub(number(suffix)), size.wrapping_sub(1), size)
            }
            Some((first, "")) => {
                let size = number(first).saturating_add(length);
                (number(first), size.wrapping_sub(1), size)
            }
            Some((first, last)) => {
                let (first, last) = (number(first), number(last));
                let count = last.saturating_sub(first).saturating_add(1).min(200_000);
                self.body.resize(count as usize, 1);
                (first, first.saturating_add(count).wrapping_sub(1), self.stated(last.saturating_add(1), input))
            }
            None => (0, 0, 0),
        };
        self.fields.push(("content-range", format!("bytes {first}-{last}/{size}")));
    }

    fn head(&mut self, input: &mut Input<'_>) {
        self.fields.push(("last-modified", input.pick(&DATES[..3]).to_owned()));
        self.fields.push(("content-length", input.number().to_string()));
        self.fields.push(("x-oss-tagging-count", (input.byte() & 1).to_string()));
        if input.one_in(2) {
            self.fields.push(("x-oss-meta-ossicle-value-size", input.number().to_string()));
        }
        if input.one_in(4) {
            self.status = 404;
        }
    }

    fn deleted(&mut self, asked: &Asked<'_>, input: &mut Input<'_>) {
        let sent = String::from_utf8_lossy(&asked.request.body);
        let mut document = String::from("<DeleteResult><EncodingType>url</EncodingType>");
        for key in sent.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()) {
            if input.byte() & 7 != 0 {
                write!(document, "<Deleted><Key>{key}</Key></Deleted>").expect("text grows");
            }
        }
        document.push_str("</DeleteResult>");
        self.body = document.into_bytes();
    }

    /// Another status, another body, no headers, a header of any text, a refusal, or one byte changed.
    fn damage(&mut self, input: &mut Input<'_>) {
        const STATUS: [u16; 14] = [200, 204, 206, 301, 304, 400, 403, 404, 409, 412, 416, 429, 500, 503];
        const CODES: [&str; 7] = [
            "PositionNotEqualToLength",
            "ObjectNotAppendable",
            "RequestTimeTooSkewed",
            "SecurityTokenExpired",
            "NoSuchUpload",
            "AccessDenied",
            "InternalError",
        ];
        match input.byte() % 6 {
            0 => self.status = input.pick(&STATUS),
            1 => {
                let count = input.byte().into();
                self.body = input.bytes(count).to_vec();
            }
            2 => self.fields.clear(),
            3 => {
                let at = usize::from(input.byte()) % self.fields.len();
                self.fields[at].1 = input.text();
            }
            4 => {
                self.status = input.pick(&[400, 403, 409, 503]);
                let code = input.pick(&CODES);
                self.body = format!("<Error><Code>{code}</Code><Message>expired</Message></Error>").into_bytes();
                if input.one_in(2) {
                    self.fields.push(("retry-after", input.number().to_string()));
                }
            }
            _ => {
                let at = usize::from(input.byte()) % (self.body.len() + 1);
                if let Some(byte) = self.body.get_mut(at) {
                    *byte ^= input.byte();
                }
            }
        }
    }
}

/// A request and its query.
struct Asked<'a> {
    request: &'a Request,
    query: &'a str,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request) -> Self {
        Self { request, query: request.path_with_query.split_once('?').map_or("", |(_, query)| query) }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let (_, value) = pairs.find(|(other, _)| *other == name)?;
        Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
    }
}

fn object_name(input: &mut Input<'_>, prefix: &str) -> String {
    match input.byte() % 8 {
        0 => input.text(),
        1 => format!("{prefix}{}", "a/".repeat(input.byte().into())),
        2 => format!("{prefix}{}", "%2F".repeat(input.byte().into())),
        3 => prefix.to_owned(),
        _ => format!("{prefix}{}{}", char::from(b'a' + input.byte() % 26), input.byte()),
    }
}

fn encoded(name: &str) -> String {
    let mut text = String::new();
    crate::signature::encode::encode_path(name, &mut text);
    text
}
