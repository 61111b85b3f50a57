//! What is left in a process's memory of secrets that were used and dropped, where whatever is freed is wiped, as in the
//! `ossicle` command: nothing, after calls that went well and after every kind of failure.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
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
            for start in 0..=read - masked.len() {
                if chunk[start] ^ MASK == masked[0]
                    && chunk[start..].iter().zip(masked).all(|(byte, masked)| byte ^ MASK == *masked)
                {
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
fn server() -> std::net::SocketAddr {
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
