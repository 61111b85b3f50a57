//! A client that says exactly what a test wants said, byte by byte, and shows exactly what came back.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use ossicle_emulator::auth::{self, RequestView, Scope, SubResources};
use ossicle_emulator::{BucketSpec, Emulator, Query, Versioning};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const ID: &str = "test-id";
pub const SECRET: &str = "test-secret";

/// An emulator with a plain bucket, a versioned one and a suspended one.
pub async fn emulator() -> Emulator {
    Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .bucket(BucketSpec::new("versioned").versioning(Versioning::Enabled))
        .bucket(BucketSpec::new("suspended").versioning(Versioning::Suspended))
        .bucket(BucketSpec::new("beijing").region("cn-beijing"))
        .access_key(ID, SECRET)
        .start()
        .await
        .expect("starts")
}

/// How a request is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    V4,
    /// Version 4 without `x-oss-date`: the time is that of the `date` header.
    V4ByDate,
    V1,
    Not,
}

/// A request in the making.
#[derive(Clone)]
pub struct Ask {
    method: String,
    host: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
    raw_path: Option<String>,
    query: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    sign: Sign,
    region: String,
    product: String,
    day: Option<String>,
    length: bool,
    key_pair: (String, String),
}

pub fn ask(method: &str, bucket: &str, key: &str) -> Ask {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ask {
        method: method.into(),
        host: None,
        bucket: some(bucket),
        key: some(key),
        raw_path: None,
        query: String::new(),
        headers: Vec::new(),
        body: Bytes::new(),
        sign: Sign::V4,
        region: "cn-hangzhou".into(),
        product: "oss".into(),
        day: None,
        length: true,
        key_pair: (ID.into(), SECRET.into()),
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => (byte as char).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl Ask {
    pub fn query(mut self, query: &str) -> Self {
        self.query = query.into();
        self
    }
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
    pub fn sign(mut self, sign: Sign) -> Self {
        self.sign = sign;
        self
    }
    pub fn region(mut self, region: &str) -> Self {
        self.region = region.into();
        self
    }
    pub fn product(mut self, product: &str) -> Self {
        self.product = product.into();
        self
    }
    /// Signs for this day, whatever the date says.
    pub fn day(mut self, day: &str) -> Self {
        self.day = Some(day.into());
        self
    }
    /// Goes through this host, virtual-hosted: the path has no bucket.
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.into());
        self
    }
    /// Sends this path instead of the one that bucket and key make.
    pub fn raw_path(mut self, path: &str) -> Self {
        self.raw_path = Some(path.into());
        self
    }
    /// Signs with this key, in version 4.
    pub fn key(mut self, id: &str, secret: &str) -> Self {
        self.key_pair = (id.into(), secret.into());
        self
    }
    pub fn without_length(mut self) -> Self {
        self.length = false;
        self
    }
    pub fn md5(self) -> Self {
        use base64::Engine as _;
        use md5::Digest as _;
        let digest = base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(&self.body));
        self.header("content-md5", &digest)
    }

    /// The bytes that go over the wire.
    pub fn wire(&self, emulator: &Emulator) -> Vec<u8> {
        self.wire_at(&emulator.addr().to_string(), now(emulator))
    }

    /// The same for a host, at a time.
    pub fn wire_at(&self, address: &str, now: i64) -> Vec<u8> {
        let mut headers: Vec<(String, String)> = self.headers.clone();
        let given = |headers: &[(String, String)], name: &str| headers.iter().any(|(given, _)| given == name);
        match self.sign {
            Sign::V4 | Sign::V4ByDate => {
                if self.sign == Sign::V4 && !given(&headers, "x-oss-date") {
                    headers.push(("x-oss-date".into(), iso(now)));
                }
                if !given(&headers, "x-oss-content-sha256") {
                    headers.push(("x-oss-content-sha256".into(), "UNSIGNED-PAYLOAD".into()));
                }
            }
            Sign::V1 if !given(&headers, "date") => headers.push(("date".into(), gmt(now))),
            _ => {}
        }
        let map: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_bytes(value.as_bytes()).expect("value");
                (HeaderName::try_from(name.as_str()).expect("name"), value)
            })
            .collect();
        let query = Query::parse(&self.query).expect("query");
        let view = RequestView {
            method: &self.method,
            bucket: self.bucket.as_deref(),
            key: self.key.as_deref(),
            query: &query,
            headers: &map,
        };
        if !given(&headers, "authorization") {
            match self.sign {
                Sign::V4 | Sign::V4ByDate => {
                    let name = if self.sign == Sign::V4 { "x-oss-date" } else { "date" };
                    let date = map[name].to_str().expect("date").to_owned();
                    let today = match self.sign {
                        Sign::V4 => date.get(..8).unwrap_or("").into(),
                        _ => iso(now)[..8].to_owned(),
                    };
                    let scope = Scope {
                        date: self.day.clone().unwrap_or(today),
                        region: self.region.clone(),
                        product: self.product.clone(),
                    };
                    let canonical = auth::v4_canonical_request(&view, &[]);
                    let to_sign = auth::v4_string_to_sign(&date, &scope, &canonical);
                    let signature = auth::v4_sign(&auth::v4_signing_key(&self.key_pair.1, &scope), &to_sign);
                    let id = &self.key_pair.0;
                    let value = format!("OSS4-HMAC-SHA256 Credential={id}/{scope}, Signature={signature}");
                    headers.push(("authorization".into(), value));
                }
                Sign::V1 => {
                    let date = map["date"].to_str().expect("date");
                    let to_sign = auth::v1_string_to_sign(&view, date, SubResources::Union);
                    headers.push(("authorization".into(), format!("OSS {ID}:{}", auth::v1_sign(SECRET, &to_sign))));
                }
                Sign::Not => {}
            }
        }
        let mut path = self.raw_path.clone().unwrap_or_else(|| {
            let key = encode(self.key.as_deref().unwrap_or(""));
            match (&self.host, &self.bucket) {
                (Some(_), _) => format!("/{key}"),
                (None, Some(bucket)) => format!("/{bucket}/{key}"),
                (None, None) => "/".into(),
            }
        });
        if !self.query.is_empty() {
            path = format!("{path}?{}", self.query);
        }
        let host = self.host.clone().unwrap_or_else(|| address.to_owned());
        let mut wire = format!("{} {path} HTTP/1.1\r\nhost: {host}\r\n", self.method);
        for (name, value) in &headers {
            wire.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.length {
            wire.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        wire.push_str("\r\n");
        let mut wire = wire.into_bytes();
        wire.extend_from_slice(&self.body);
        wire
    }

    /// Sends it over a connection of its own.
    pub async fn send(&self, emulator: &Emulator) -> Told {
        self.try_send(emulator).await.expect("an answer")
    }

    /// The same; nothing if the connection closed without an answer.
    pub async fn try_send(&self, emulator: &Emulator) -> Option<Told> {
        let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
        // The server may stop reading on purpose.
        let _ = stream.write_all(&self.wire(emulator)).await;
        read(&mut stream, self.method == "HEAD").await
    }
}

/// What came back.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether the body has as many bytes as were promised.
    pub complete: bool,
}

impl Told {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("?"))
    }
    /// The text of the first element of that name.
    pub fn xml(&self, name: &str) -> String {
        element(&self.text(), name)
    }
    pub fn all(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        text.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap_or("").to_owned()).collect()
    }
    /// Status, code and EC of an error.
    pub fn error(&self) -> (u16, String, String) {
        (self.status, self.xml("Code"), self.xml("EC"))
    }
}

pub fn element(text: &str, name: &str) -> String {
    let open = format!("<{name}>");
    let Some((_, rest)) = text.split_once(&open) else { return String::new() };
    rest.split(&format!("</{name}>")).next().unwrap_or("").to_owned()
}

/// Reads one answer.
pub async fn read(stream: &mut TcpStream, head: bool) -> Option<Told> {
    let mut buffer = Vec::new();
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        let mut chunk = [0; 16 * 1024];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => buffer.extend_from_slice(&chunk[..count]),
        }
    };
    let text = String::from_utf8(buffer[..end].to_vec()).expect("text");
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse::<HeaderName>().expect("name"), value.parse().expect("value")))
        .collect();
    let length =
        headers.get("content-length").map_or(0, |value| value.to_str().expect("text").parse().expect("number"));
    let bodiless = head || status == 204 || status == 304;
    let wanted: usize = if bodiless { 0 } else { length };
    let mut body = buffer[end..].to_vec();
    while body.len() < wanted {
        let mut chunk = vec![0; 64 * 1024];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => body.extend_from_slice(&chunk[..count]),
        }
    }
    let complete = body.len() >= wanted;
    Some(Told { status, headers, body: body.into(), complete })
}

fn parts(now: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(now).expect("a time")
}

pub fn iso(now: i64) -> String {
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    parts(now).format(&format).expect("formats")
}

pub fn gmt(now: i64) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    parts(now).format(&format).expect("formats")
}

pub fn now(emulator: &Emulator) -> i64 {
    emulator.clock().now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
}

/// A signed URL's path and query, V4.
pub fn presign_v4(method: &str, bucket: &str, key: &str, date: &str, expires: &str, region: &str) -> String {
    let day = &date[..8];
    let query = format!(
        "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-date={date}&x-oss-expires={expires}\
         &x-oss-credential={ID}%2F{day}%2F{region}%2Foss%2Faliyun_v4_request"
    );
    let parsed = Query::parse(&query).expect("query");
    let headers = HeaderMap::new();
    let view = RequestView { method, bucket: Some(bucket), key: Some(key), query: &parsed, headers: &headers };
    let scope = Scope { date: day.into(), region: region.into(), product: "oss".into() };
    let to_sign = auth::v4_string_to_sign(date, &scope, &auth::v4_canonical_request(&view, &[]));
    format!("{query}&x-oss-signature={}", auth::v4_sign(&auth::v4_signing_key(SECRET, &scope), &to_sign))
}

/// A signed URL's query, V1.
pub fn presign_v1(method: &str, bucket: &str, key: &str, expires: i64) -> String {
    let headers = HeaderMap::new();
    let parsed = Query::default();
    let view = RequestView { method, bucket: Some(bucket), key: Some(key), query: &parsed, headers: &headers };
    let signature = auth::v1_sign(SECRET, &auth::v1_string_to_sign(&view, &expires.to_string(), SubResources::Union));
    let encoded: String = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("OSSAccessKeyId={ID}&Expires={expires}&Signature={encoded}")
}

pub async fn put(emulator: &Emulator, bucket: &str, key: &str, body: &str) -> Told {
    ask("PUT", bucket, key).body(body.to_owned()).send(emulator).await
}

pub async fn get(emulator: &Emulator, bucket: &str, key: &str) -> Told {
    ask("GET", bucket, key).send(emulator).await
}

/// `oss-emulator` as a program. Dropped, it ends.
pub struct Program {
    pub child: std::process::Child,
    /// Where it listens.
    pub address: String,
    /// The file of its certificate, if it speaks TLS.
    pub certificate: Option<String>,
}

impl Program {
    pub fn start(options: &[&str]) -> Self {
        use std::io::BufRead as _;
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_oss-emulator"))
            .args(["--listen", "127.0.0.1:0", "--key", &format!("{ID}:{SECRET}")])
            .args(options)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("starts");
        let mut lines = std::io::BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut program = Self { child, address: String::new(), certificate: None };
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some(endpoint) = line.strip_prefix("OSS emulator at ") {
                program.address = endpoint.rsplit('/').next().expect("an address").to_owned();
            } else if let Some(path) = line.strip_prefix("certificate: ") {
                program.certificate = Some(path.to_owned());
            } else if line.starts_with("access keys: ") {
                break;
            }
        }
        assert!(!program.address.is_empty(), "the emulator did not start with {options:?}");
        std::thread::spawn(move || lines.for_each(drop));
        program
    }

    pub fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
