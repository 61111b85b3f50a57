//! Fuzz target of the emulator: connections on which any bytes come, or signed requests made of any names, headers and
//! bodies. None may panic, hang, or be answered with an internal error.

#[cfg(test)]
mod replay;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

use crate::auth::{self, RequestView, Scope};
use crate::server::{Role, serve};
use crate::{BucketSpec, Emulator, Query, Versioning, timestamp};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target by the name of its corpus.
pub const TARGETS: [Target; 1] = [("emulator", connection)];

const ID: &str = "id";
const SECRET: &str = "secret";
const REGION: &str = "cn-hangzhou";
/// Requests of one connection.
const REQUESTS: usize = 4;

const METHODS: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"];
const BUCKETS: [&str; 4] = ["", "plain", "versioned", "missing"];
const PARAMETERS: [&str; 40] = [
    "acl",
    "append",
    "callback",
    "continuation-token",
    "cors",
    "delete",
    "delimiter",
    "encoding-type",
    "encryption",
    "fetch-owner",
    "key-marker",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "objectMeta",
    "part-number-marker",
    "partNumber",
    "policy",
    "position",
    "prefix",
    "referer",
    "requestPayment",
    "response-content-type",
    "restore",
    "sequential",
    "start-after",
    "stat",
    "symlink",
    "tagging",
    "upload-id-marker",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "website",
];
const HEADERS: [&str; 24] = [
    "content-md5",
    "content-type",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
    "x-oss-callback",
    "x-oss-callback-var",
    "x-oss-copy-source",
    "x-oss-copy-source-range",
    "x-oss-copy-source-if-match",
    "x-oss-forbid-overwrite",
    "x-oss-hash-crc64ecma",
    "x-oss-metadata-directive",
    "x-oss-meta-a",
    "x-oss-object-acl",
    "x-oss-security-token",
    "x-oss-server-side-encryption",
    "x-oss-storage-class",
    "x-oss-symlink-target",
    "x-oss-tagging",
    "x-oss-traffic-limit",
];

/// The bytes, from which values are drawn in order; beyond their end all are zero or empty.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[usize::from(self.byte()) % from.len()]
    }

    fn bytes(&mut self) -> Vec<u8> {
        let count = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes.to_vec()
    }

    /// A number, one of the values that requests have, or any text.
    fn value(&mut self) -> String {
        match self.byte() % 4 {
            0 => self.byte().to_string(),
            1 => self
                .pick(&[
                    "true",
                    "url",
                    "/plain/a",
                    "bytes=0-3",
                    "bytes=-1",
                    "REPLACE",
                    "private",
                    "public-read",
                    "AES256",
                    "KMS",
                    "2",
                    "null",
                    "0",
                    "-1",
                    "18446744073709551615",
                    "Wed, 28 Dec 2022 10:27:41 GMT",
                ])
                .to_owned(),
            _ => String::from_utf8_lossy(&self.bytes()).into_owned(),
        }
    }
}

fn connection(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let emulator = emulator().await;
        let sent = if mode & 1 == 0 { data.to_vec() } else { requests(&emulator, &mut Input(data)) };
        let received = exchange(&emulator, sent).await;
        assert!(received.is_empty() || received.starts_with(b"HTTP/1."), "{:?}", String::from_utf8_lossy(&received));
        let failed = emulator.requests().into_iter().find(|request| request.status == Some(500));
        assert!(failed.is_none(), "{failed:?}");
    });
}

async fn emulator() -> Emulator {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain").region(REGION))
        .bucket(BucketSpec::new("versioned").region(REGION).versioning(Versioning::Enabled))
        .access_key(ID, SECRET)
        .start()
        .await
        .expect("an emulator");
    emulator.bucket("plain").put_raw("a", "content");
    emulator
}

/// What the emulator answers on a connection on which these bytes come, and then no more.
async fn exchange(emulator: &Emulator, sent: Vec<u8>) -> Vec<u8> {
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let (_go_on, stop) = watch::channel(false);
    let serving = serve(emulator.shared().clone(), Role::Oss, server, stop);
    let talking = async {
        let (mut reader, mut writer) = tokio::io::split(&mut client);
        let sending = async {
            // It may close before all was sent.
            let _ = writer.write_all(&sent).await;
            let _ = writer.shutdown().await;
        };
        let mut received = Vec::new();
        let (_, _) = tokio::join!(sending, reader.read_to_end(&mut received));
        received
    };
    tokio::join!(serving, talking).1
}

fn requests(emulator: &Emulator, input: &mut Input<'_>) -> Vec<u8> {
    let mut sent = Vec::new();
    for _ in 0..REQUESTS {
        if !input.0.is_empty() {
            sent.extend(request(emulator, input));
        }
    }
    sent
}

/// A request that is signed as it should be.
fn request(emulator: &Emulator, input: &mut Input<'_>) -> Vec<u8> {
    let method = input.pick(&METHODS);
    let bucket = input.pick(&BUCKETS);
    let key = if bucket.is_empty() || input.byte().is_multiple_of(2) { String::new() } else { input.value() };
    let mut query = String::new();
    for _ in 0..input.byte() % 4 {
        let name = input.pick(&PARAMETERS);
        let value = input.value();
        query.push_str(&format!("{name}={}&", crate::percent::encode(&value)));
    }
    // `2022-12-28T10:27:41.000Z` as `20221228T102741Z`.
    let moment = timestamp::iso_millis(emulator.shared().clock.seconds());
    let moment = [moment[..19].replace(['-', ':'], "").as_str(), "Z"].concat();
    let mut headers = HeaderMap::new();
    for _ in 0..input.byte() % 4 {
        let name = input.pick(&HEADERS);
        if let Ok(value) = HeaderValue::from_str(input.value().trim()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let body = input.bytes();
    headers.insert("x-oss-date", HeaderValue::from_str(&moment).expect("a date"));
    headers.insert("x-oss-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    headers.insert("host", HeaderValue::from_static("localhost"));
    headers.insert("content-length", HeaderValue::from(body.len()));

    let parsed = Query::parse(&query).expect("text");
    let some = |text: &'static str| (!text.is_empty()).then_some(text);
    let view = RequestView {
        method,
        bucket: some(bucket),
        key: (!key.is_empty()).then_some(key.as_str()),
        query: &parsed,
        headers: &headers,
    };
    let scope = Scope { date: moment[..8].to_owned(), region: REGION.to_owned(), product: "oss".to_owned() };
    let text = auth::v4_string_to_sign(&moment, &scope, &auth::v4_canonical_request(&view, &[]));
    let signature = auth::v4_sign(&auth::v4_signing_key(SECRET, &scope), &text);
    let mut path = String::from("/");
    if !bucket.is_empty() {
        path.push_str(bucket);
        path.push('/');
        crate::percent::encode_path_into(&mut path, &key);
    }
    let mut sent = format!("{method} {path}?{query} HTTP/1.1\r\n").into_bytes();
    for (name, value) in &headers {
        sent.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    sent.extend(
        format!("authorization: OSS4-HMAC-SHA256 Credential={ID}/{scope},Signature={signature}\r\n\r\n").into_bytes(),
    );
    sent.extend(body);
    sent
}
