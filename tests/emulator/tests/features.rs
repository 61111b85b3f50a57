//! Form uploads, callbacks, compression on request, limits of one request, and answers that ask for patience.

mod support;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ossicle_emulator::{Emulator, FaultAction, FaultRule, Operation, auth, crc64};
use support::{ID, SECRET, Told, ask, emulator, get, iso, now, put};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn post(emulator: &Emulator, fields: &[(&str, &str)], file: &str) -> Told {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"name.txt\"\r\n";
    body += &format!("Content-Type: text/plain\r\n\r\n{file}\r\n--edge--\r\n");
    let wire = format!(
        "POST /plain/ HTTP/1.1\r\nhost: {}\r\ncontent-type: multipart/form-data; boundary=edge\r\ncontent-length: {}\r\n\r\n{body}",
        emulator.addr(),
        body.len()
    );
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    stream.write_all(wire.as_bytes()).await.expect("writes");
    support::read(&mut stream, false).await.expect("an answer")
}

fn policy(conditions: &str) -> String {
    STANDARD.encode(format!("{{\"expiration\":\"2099-12-01T12:00:00.000Z\",\"conditions\":[{conditions}]}}"))
}

/// Section 5: PostObject, signed in both ways, with its policy.
#[tokio::test]
async fn a_form_uploads_an_object() {
    let emulator = emulator().await;
    let unsigned = post(&emulator, &[("key", "k")], "value").await;
    assert_eq!(unsigned.error().1, "AccessDenied");
    let text = policy("[\"starts-with\",\"$key\",\"dir/\"],[\"content-length-range\",2,8],{\"bucket\":\"plain\"}");
    let signature = auth::v1_sign(SECRET, &text);
    let signed =
        |key: &'static str| vec![("key", key), ("OSSAccessKeyId", ID), ("policy", &*text), ("Signature", &*signature)];
    let told = post(&emulator, &signed("dir/${filename}"), "value").await;
    assert_eq!((told.status, told.header("x-oss-hash-crc64ecma")), (204, &*crc64(b"value").to_string()));
    assert_eq!(get(&emulator, "plain", "dir/name.txt").await.header("content-type"), "text/plain");
    let more = [
        ("success_action_status", "201"),
        ("x-oss-meta-a", "1"),
        ("x-oss-object-acl", "public-read"),
        ("Content-Type", "text/x-own"),
    ];
    let told = post(&emulator, &[signed("dir/k"), more.to_vec()].concat(), "value").await;
    assert_eq!((told.status, told.xml("Key"), told.xml("Bucket")), (201, "dir/k".into(), "plain".into()));
    let head = ask("HEAD", "plain", "dir/k").send(&emulator).await;
    assert_eq!((head.header("x-oss-meta-a"), head.header("content-type")), ("1", "text/x-own"));
    let there = [("success_action_redirect", "http://a.test/done")];
    let told = post(&emulator, &[signed("dir/k"), there.to_vec()].concat(), "value").await;
    assert!(told.status == 303 && told.header("location").starts_with("http://a.test/done?bucket=plain&key=dir%2Fk&"));
    for (key, file, code) in
        [("other", "value", "AccessDenied"), ("dir/k", "x", "EntityTooSmall"), ("dir/k", "123456789", "EntityTooLarge")]
    {
        assert_eq!(post(&emulator, &signed(key), file).await.error().1, code, "{key} {file}");
    }
    let mut forged = signed("dir/k");
    forged[3].1 = "AAAA";
    assert_eq!(post(&emulator, &forged, "value").await.error().1, "SignatureDoesNotMatch");
    assert_eq!(post(&emulator, &signed("dir/k")[1..], "value").await.error().1, "AccessDenied");
    let late = STANDARD.encode("{\"expiration\":\"2014-12-01T12:00:00Z\",\"conditions\":[]}");
    let signature = auth::v1_sign(SECRET, &late);
    let fields = [("key", "k"), ("OSSAccessKeyId", ID), ("policy", &late), ("Signature", &signature)];
    assert_eq!(post(&emulator, &fields, "value").await.error().1, "AccessDenied");
    // Version 4.
    let date = iso(now(&emulator));
    let scope = auth::Scope { date: date[..8].into(), region: "cn-hangzhou".into(), product: "oss".into() };
    let text = policy("");
    let signature = auth::v4_sign(&auth::v4_signing_key(SECRET, &scope), &text);
    let credential = format!("{ID}/{scope}");
    let fields = [
        ("key", "v4"),
        ("policy", &*text),
        ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
        ("x-oss-credential", &credential),
        ("x-oss-date", &date),
        ("x-oss-signature", &signature),
    ];
    assert_eq!(post(&emulator, &fields, "value").await.status, 204);
    assert_eq!(get(&emulator, "plain", "v4").await.text(), "value");
    assert_eq!(emulator.stats().count(Operation::PostObject), 11);
    let told = ask("POST", "plain", "").body("x").send(&emulator).await;
    assert_eq!(told.error().1, "MalformedPOSTRequest");
}

/// A server that takes one callback and answers it.
async fn callback_server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let port = listener.local_addr().expect("an address").port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        let mut seen = String::new();
        let mut chunk = [0; 4096];
        loop {
            let count = stream.read(&mut chunk).await.expect("reads");
            seen += &String::from_utf8_lossy(&chunk[..count]);
            let whole = seen.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                length.is_some_and(|length| length.parse() == Ok(body.len()))
            });
            if whole || count == 0 {
                break;
            }
        }
        stream.write_all(answer.as_bytes()).await.expect("writes");
        seen
    });
    (port, task)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"done\":true}";

/// Section 5: callbacks that really call, on this machine only.
#[tokio::test]
async fn a_callback_is_made_and_its_answer_passed_on() {
    let emulator = emulator().await;
    let (port, served) = callback_server(OK).await;
    let callback = format!(
        "{{\"callbackUrl\":\"http://127.0.0.1:{port}/told?a=1\",\"callbackBody\":\"o=${{object}}&s=${{size}}&e=${{etag}}&v=${{x:mine}}\"}}"
    );
    let asked = ask("PUT", "plain", "dir/k ü").header("x-oss-callback", &STANDARD.encode(&callback));
    let asked = asked.header("x-oss-callback-var", &STANDARD.encode("{\"x:mine\":\"a&b\"}")).body("value");
    let told = asked.send(&emulator).await;
    assert_eq!((told.status, told.text().as_str()), (200, "{\"done\":true}"));
    let etag = told.header("etag").trim_matches('"').to_owned();
    let seen = served.await.expect("served");
    assert!(seen.starts_with("POST /told?a=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.ends_with(&format!("\r\n\r\no=dir%2Fk%20%C3%BC&s=5&e={etag}&v=a%26b")), "{seen}");
    // In JSON values are quoted.
    let (port, served) = callback_server(OK).await;
    let callback = format!(
        "{{\"callbackUrl\":\"http://localhost:{port}\",\"callbackBodyType\":\"application/json\",\"callbackBody\":\"{{\\\"b\\\":${{bucket}},\\\"s\\\":${{size}}}}\"}}"
    );
    let id = ask("POST", "plain", "m").query("uploads").send(&emulator).await.xml("UploadId");
    ask("PUT", "plain", "m").query(&format!("partNumber=1&uploadId={id}")).body("x").send(&emulator).await;
    let complete = ask("POST", "plain", "m").query(&format!("uploadId={id}")).header("x-oss-complete-all", "yes");
    let told = complete.header("x-oss-callback", &STANDARD.encode(&callback)).send(&emulator).await;
    assert_eq!((told.status, told.text().as_str()), (200, "{\"done\":true}"));
    assert!(served.await.expect("served").ends_with("{\"b\":\"plain\",\"s\":1}"));
    // What fails leaves the object and says so; nobody beyond this machine is asked.
    let (port, _served) = callback_server("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n").await;
    for (url, message) in [
        (format!("http://127.0.0.1:{port}"), "Error status : 500."),
        ("http://127.0.0.1:1".into(), "Error status : 502."),
        ("http://callback.example.com".into(), "only servers on this machine"),
    ] {
        let callback = format!("{{\"callbackUrl\":\"{url}\",\"callbackBody\":\"x\"}}");
        let asked = ask("PUT", "plain", "kept").header("x-oss-callback", &STANDARD.encode(&callback)).body("x");
        let told = asked.send(&emulator).await;
        assert_eq!((told.status, told.error().1.as_str()), (203, "CallbackFailed"));
        assert!(told.xml("Message").contains(message), "{}", told.xml("Message"));
        assert_eq!(emulator.bucket("plain").get_raw("kept").as_deref(), Some(&b"x"[..]));
    }
    let told = ask("PUT", "plain", "never").header("x-oss-callback", "e30=").body("x").send(&emulator).await;
    assert_eq!(told.error().1, "InvalidArgument");
    assert!(emulator.bucket("plain").get_raw("never").is_none());
}

/// Section 5: text is compressed for whoever asks for it.
#[tokio::test]
async fn text_is_compressed_on_request() {
    let emulator = emulator().await;
    let text = "a line of text that compresses well\n".repeat(100_000);
    let object = ask("PUT", "plain", "k").header("content-type", "text/plain; charset=utf-8").body(text.clone());
    object.send(&emulator).await;
    let mut stream = TcpStream::connect(emulator.addr()).await.expect("connects");
    let asked = ask("GET", "plain", "k").header("accept-encoding", "deflate, gzip;q=1.0").header("connection", "close");
    stream.write_all(&asked.wire(&emulator)).await.expect("writes");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("reads");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    assert!(head.contains("content-encoding: gzip") && head.contains("transfer-encoding: chunked"), "{head}");
    assert!(!head.contains("etag") && !head.contains("content-length"), "{head}");
    let mut packed = Vec::new();
    let mut rest = &answer[end..];
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").expect("a chunk");
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).expect("text"), 16).expect("a size");
        packed.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
        if size == 0 {
            break;
        }
    }
    let mut plain = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut plain).expect("gzip");
    assert!(plain == text && packed.len() < text.len() / 10);
    // Not what is short, is asked for in part, or is no text.
    put(&emulator, "plain", "short", "text").await;
    let range = ask("GET", "plain", "k").header("accept-encoding", "gzip").header("range", "bytes=0-9999");
    assert_eq!(range.send(&emulator).await.header("content-encoding"), "");
    ask("PUT", "plain", "image").header("content-type", "image/png").body(text).send(&emulator).await;
    for key in ["short", "image"] {
        let told = ask("GET", "plain", key).header("accept-encoding", "gzip").send(&emulator).await;
        assert_eq!((told.header("content-encoding"), told.header("etag").is_empty()), ("", false), "{key}");
    }
}

/// Section 5: a request can limit its own speed, up and down.
#[tokio::test]
async fn a_request_limits_its_traffic() {
    let emulator = emulator().await;
    let body = vec![7; 60_000];
    // 30,720 bytes a second.
    let started = Instant::now();
    let upload = ask("PUT", "plain", "k").header("x-oss-traffic-limit", "245760").body(body.clone());
    let told = upload.send(&emulator).await;
    assert_eq!((told.status, told.header("x-oss-qos-delay-time")), (200, "1953"));
    assert!(started.elapsed() > Duration::from_secs(1), "{:?}", started.elapsed());
    let started = Instant::now();
    let told = ask("GET", "plain", "k").query("x-oss-traffic-limit=245760").send(&emulator).await;
    assert!(told.body == body && started.elapsed() > Duration::from_secs(1), "{:?}", started.elapsed());
    for bad in ["245759", "838860801", "x"] {
        let told = ask("GET", "plain", "k").header("x-oss-traffic-limit", bad).send(&emulator).await;
        assert_eq!(told.error().1, "InvalidArgument", "{bad}");
    }
}

/// Section 5: 429, and the header that says how long a request was held back.
#[tokio::test]
async fn throttling_has_its_statuses_and_its_header() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "value").await;
    let action = FaultAction::Throttle { status: 429, code: "TooManyRequests".into(), retry_after: Some(1) };
    emulator.faults().add(FaultRule::new(action).on(Operation::GetObject).once());
    let told = get(&emulator, "plain", "k").await;
    assert_eq!((told.status, told.header("retry-after"), told.xml("Code")), (429, "1", "TooManyRequests".into()));
    emulator.faults().add(FaultRule::new(FaultAction::QosDelay { ms: 60 }).on(Operation::GetObject).once());
    let started = Instant::now();
    let told = get(&emulator, "plain", "k").await;
    assert_eq!((told.text().as_str(), told.header("x-oss-qos-delay-time")), ("value", "60"));
    assert!(started.elapsed() >= Duration::from_millis(60));
    assert_eq!(get(&emulator, "plain", "k").await.header("x-oss-qos-delay-time"), "");
}
