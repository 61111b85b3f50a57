//! What is left in a process's memory of secrets that were used and dropped, where whatever is freed is wiped, as in the
//! `ossicle` command: nothing, after calls that went well and after every kind of failure. What a component's instance has of
//! a value that it has given out is wiped in any program, for the component's own allocator does it.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use mimalloc::MiMalloc;
use ossicle::{
    Config, Credentials, Encryption, Engine, EngineOptions, Limits, OidcRole, TemporaryCredentials, Timeouts,
};
use zeroize::Zeroizing;
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static MEMORY: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

const MASK: u8 = 0x5a;

/// The program itself holds the secrets in no form that the search would find.
const fn masked<const N: usize>(text: &[u8; N]) -> [u8; N] {
    let mut masked = *text;
    let mut at = 0;
    while at < N {
        masked[at] ^= MASK;
        at += 1;
    }
    masked
}

const SECRET: [u8; 24] = masked(b"CANARY-key-secret-3141-5");
const TOKEN: [u8; 24] = masked(b"CANARY-token-2718-281828");
const OIDC: [u8; 24] = masked(b"CANARY-oidc-1618-0339-88");
const VALUE: [u8; 24] = masked(b"CANARY-value-5772-156649");
/// The Base64 of a key in a key set, and the key.
const KEY_TEXT: [u8; 44] = masked(b"Q0FOQVJZLWFlcy1rZXktNjkxMDY0NDg5ODE2NzMyNQ==");
const KEY: [u8; 31] = masked(b"CANARY-aes-key-6910644898167325");

fn plain(masked: &[u8]) -> Zeroizing<String> {
    let bytes: Vec<u8> = masked.iter().map(|byte| byte ^ MASK).collect();
    Zeroizing::new(String::from_utf8(bytes).expect("text"))
}

/// Where in memory a secret stands, without there being another copy of it for the search.
fn places(masked: &[u8]) -> Vec<String> {
    let mut maps = String::new();
    File::open("/proc/self/maps").and_then(|mut file| file.read_to_string(&mut maps)).expect("maps");
    let memory = File::open("/proc/self/mem").expect("memory");
    let mut found = Vec::new();
    let mut chunk = vec![0; 1 << 20];
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
        let (from, to) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("hexadecimal");
        let (mut at, end) = (number(from), number(to));
        while at < end {
            let length = chunk.len().min((end - at) as usize);
            let Ok(read) = memory.read_at(&mut chunk[..length], at) else { break };
            if read < masked.len() {
                break;
            }
            let mut rest = &chunk[..read];
            // The library's own search for a byte is fast in every build.
            while rest.skip_until(masked[0] ^ MASK).expect("memory") > 0 {
                let start = read - rest.len() - 1;
                let here = &chunk[start..read];
                if here.len() >= masked.len() && here.iter().zip(masked).all(|(byte, masked)| byte ^ MASK == *masked) {
                    found.push(format!("{:x} in {line}", at + start as u64));
                }
            }
            // Pieces overlap, so that none hides on an edge.
            at += if at + read as u64 == end { read } else { read - masked.len() } as u64;
        }
        chunk.fill(0);
    }
    found
}

/// A server that answers every request with an error of OSS's, and what it reads with nothing.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
            let mut request = vec![0; 64 * 1024];
            let _ = stream.read(&mut request);
            let body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
            let length = body.len();
            let head = format!(
                "HTTP/1.1 403 x\r\nx-oss-request-id: R\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
            );
            let _ = stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice());
        }
    });
    address
}

/// CRC-64 as OSS states it (ECMA-182, reflected).
fn crc64(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(u64::MAX, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| (crc >> 1) ^ (0xC96C_5795_D787_0F42 * (crc & 1)))
    })
}

/// A server that answers every request with the value, so many times over, and keeps its connections.
fn giver(times: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || give(stream, times));
        }
    });
    address
}

fn give(mut stream: TcpStream, times: usize) {
    let mut request = vec![0; 64 * 1024];
    // A request for a value has no body and comes in one piece.
    while stream.read(&mut request).is_ok_and(|length| length > 0) {
        let body = Zeroizing::new(plain(&VALUE).repeat(times));
        let (length, crc64) = (body.len(), crc64(body.as_bytes()));
        let head = format!(
            "HTTP/1.1 200 OK\r\nx-oss-request-id: R\r\nx-oss-object-type: Normal\r\nx-oss-hash-crc64ecma: {crc64}\r\n\
             etag: \"E\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: {length}\r\n\r\n"
        );
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

fn is_value(bytes: &[u8], times: usize) -> bool {
    bytes.len() == times * VALUE.len()
        && bytes.iter().zip(VALUE.iter().cycle()).all(|(byte, masked)| byte ^ MASK == *masked)
}

/// 3.8: a value that was loaded is wiped once it is dropped, here and in the instance, which goes on.
async fn loaded(engine: &Engine) {
    for times in [1, 100_000] {
        let endpoint = format!("http://{}", giver(times));
        let config = Config::new("bucket", "cn-hangzhou", Credentials::new("id", &**plain(&SECRET)))
            .endpoint(endpoint.parse().expect("an endpoint"))
            .attempts(1);
        let tenant = engine.tenant("loaded", config, Limits::default()).expect("a tenant");
        let storage = tenant.certificates();
        let value = storage.load("k").await.expect("the value");
        assert!(is_value(&value, times));
        assert!(!places(&VALUE).is_empty(), "the search finds what the caller has");
        drop(value);
        assert_eq!(tenant.metrics().instances, 1, "the instance is still there");
        let left = places(&VALUE);
        assert!(left.is_empty(), "of {times} values {} are left: {:?}", left.len(), &left[..left.len().min(3)]);
        // And once more, so that what was freed is not just what was used again.
        assert!(is_value(&storage.load("k").await.expect("the value"), times));
        assert!(places(&VALUE).is_empty());
        tenant.close().await;
    }
}

fn key_set() -> Zeroizing<String> {
    // Field 3 of the key, 31 bytes and a hyphen before them: `1a 20` and 32 bytes.
    let key = plain(&KEY);
    let bytes = Zeroizing::new([&[0x1a, 0x20, b'-'][..], key.as_bytes()].concat());
    let value = Zeroizing::new(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &*bytes));
    Zeroizing::new(format!(
        "{{\"primaryKeyId\":7,\"key\":[{{\"keyData\":{{\"typeUrl\":\"type.googleapis.com/google.crypto.tink.AesGcmKey\",\
         \"value\":\"{}\",\"keyMaterialType\":\"SYMMETRIC\"}},\"status\":\"ENABLED\",\"keyId\":7,\
         \"outputPrefixType\":\"TINK\"}}]}}",
        *value
    ))
}

async fn live(engine: &Engine) {
    let nobody = "http://127.0.0.1:9".to_owned();
    for endpoint in [nobody.clone(), format!("http://{}", server())] {
        let credentials = || Credentials::new("id", &**plain(&SECRET)).security_token(&**plain(&TOKEN));
        let mut role = OidcRole::new("acs:ram::1:role/r", "acs:ram::1:oidc-provider/p", &**plain(&OIDC));
        role.endpoint = Some(endpoint.clone());
        for (source, memory) in [
            (credentials().into(), 64 << 20),
            (ossicle::CredentialSource::from(role), 64 << 20),
            (ossicle::CredentialSource::Host, 64 << 20),
            // So little that the instance ends in the middle.
            (credentials().into(), 4 << 20),
        ] {
            let config = Config::new("bucket", "cn-hangzhou", source)
                .endpoint(endpoint.parse().expect("an endpoint"))
                .timeouts(Timeouts::new().operation(Duration::from_secs(5)))
                .encryption(Encryption::new(&**key_set()))
                .attempts(1);
            let tenant = engine.tenant("memory", config, Limits::default().memory(memory)).expect("a tenant");
            let _ = tenant.supply_credentials(TemporaryCredentials::new(credentials(), None));
            let storage = tenant.certificates();
            let large = Zeroizing::new(plain(&VALUE).repeat(100_000));
            for value in [plain(&VALUE).as_bytes().to_vec(), large.as_bytes().to_vec()] {
                assert!(storage.store("k", value).await.is_err());
            }
            assert!(storage.load("k").await.is_err() && storage.reencrypt("k").await.is_err());
            tenant.close().await;
        }
    }
}

#[test]
fn nothing_is_left() {
    let kept = plain(&SECRET);
    assert!(!places(&SECRET).is_empty(), "the search finds what is there");
    drop(kept);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let options = EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")).runtime(runtime.handle().clone());
    let engine = Engine::new(options).expect("an engine");
    runtime.block_on(loaded(&engine));
    runtime.block_on(live(&engine));
    drop(engine);
    runtime.shutdown_timeout(Duration::from_secs(10));
    for (name, secret) in [
        ("secret", &SECRET[..]),
        ("token", &TOKEN),
        ("OIDC token", &OIDC),
        ("value", &VALUE),
        ("key", &KEY),
        ("key's text", &KEY_TEXT),
    ] {
        let places = places(secret);
        assert!(places.is_empty(), "the {name} is left {} times: {:?}", places.len(), &places[..places.len().min(3)]);
    }
}
