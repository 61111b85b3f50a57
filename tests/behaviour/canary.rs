//! Secrets stay secret: every operation, on every way it can go wrong, with a canary in every secret, and none of them in
//! a log at the most verbose level, an error, `Debug` output or a metric, in whatever spelling.

use std::fmt::{Debug, Display};
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};
use ossicle::{
    BlobError, BlobOptions, Blobs, ClearValues, Config, CredentialSource, Credentials, EcsRole, Encryption, Endpoint,
    ExposeSecret as _, Limits, OidcRole, Parameters, RamRole, Secret, TemporaryCredentials, Tenant, Timeouts,
    UploadInfo, UrlMethod,
};
use ossicle_emulator::{AccessKey, BucketSpec, Emulator, FaultAction, FaultRule, OidcToken, Operation, Role};
use ossicle_tests::{BUCKET, ENGINE, REGION};
use tracing_subscriber::fmt::MakeWriter;

const SECRET: &str = "CANARY0key0secret0a81f";
const TOKEN: &str = "CANARY0security0token0b72e";
const OIDC: &str = "CANARY0oidc0token0c63d";
const VALUE: &str = "CANARY0plaintext0d54c";
const OTHER: &str = "CANARY0wrong0secret0e45b";
/// 32 bytes, as they stand in the key set's file and as they are.
const KEY: &[u8; 32] = b"CANARY0aes0key0f36a0f36a0f36a0f3";
const OUTER: &[u8; 32] = b"CANARY0kek0key0g27g0g27g0g27g0g2";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn add(&self, text: &str) {
        self.clone().write_all(text.as_bytes()).expect("memory");
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A key set with one AES256_GCM key, TINK prefix.
fn key_set(key: &[u8; 32]) -> String {
    let value = STANDARD.encode([&[0x1a, 32], &key[..]].concat());
    format!(
        "{{\"primaryKeyId\":7,\"key\":[{{\"keyData\":{{\"typeUrl\":\"type.googleapis.com/google.crypto.tink.AesGcmKey\",\
         \"value\":\"{value}\",\"keyMaterialType\":\"SYMMETRIC\"}},\"status\":\"ENABLED\",\"keyId\":7,\
         \"outputPrefixType\":\"TINK\"}}]}}"
    )
}

/// Every spelling that a text might show up in.
fn spellings(secret: &[u8]) -> Vec<String> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{secret:?}");
    let mut all = vec![
        String::from_utf8_lossy(secret).into_owned(),
        hex.to_uppercase(),
        hex,
        list.trim_matches(['[', ']']).to_owned(),
    ];
    // Base64 of it wherever it stands in what was encoded: without the characters that depend on its neighbours.
    for shift in 0..3 {
        let padded = [&vec![0; shift][..], secret].concat();
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let (from, to) = ([0, 2, 3][shift], text.len() - 2);
            all.push(text[from..to].to_owned());
        }
    }
    all
}

fn search(log: &str) {
    for secret in [SECRET, TOKEN, OIDC, VALUE, OTHER].map(str::as_bytes).into_iter().chain([&KEY[..], &OUTER[..]]) {
        for spelling in spellings(secret) {
            let line = log.lines().find(|line| line.contains(&spelling));
            assert!(line.is_none(), "{spelling} shows: {line:?}");
        }
    }
    // The signatures themselves, in a header or in a URL.
    for mark in ["OSS4-HMAC-SHA256", "Signature=", "x-oss-signature", "authorization:"] {
        let line = log.lines().find(|line| line.contains(mark));
        assert!(line.is_none(), "{mark} shows: {line:?}");
    }
}

async fn emulator() -> Emulator {
    let anywhere = ([127, 0, 0, 1], 0).into();
    Emulator::builder()
        .bucket(BucketSpec::new(BUCKET).region(REGION))
        .metadata(anywhere)
        .sts(anywhere)
        .role(Role::new("web"))
        .oidc_token(OidcToken::new(OIDC))
        .key(AccessKey::new("STS.canary", SECRET).token(TOKEN))
        .access_key("LTAI-canary", SECRET)
        .start()
        .await
        .expect("the emulator starts")
}

/// Sources, and what of each OSS knows and could say.
fn sources(emulator: &Emulator) -> Vec<(CredentialSource, String)> {
    let mut instance = EcsRole::new();
    instance.endpoint = emulator.metadata_endpoint();
    let mut role = OidcRole::new(Role::new("web").arn(), OidcToken::provider_arn(), OIDC);
    role.endpoint = emulator.sts_endpoint();
    let broken = OidcRole::new(Role::new("web").arn(), OidcToken::provider_arn(), &*format!("{OIDC} broken"));
    // Signed with a secret that STS knows, and with one that it does not.
    let assumed = |secret: &str| {
        let key = Credentials::new("STS.canary", secret).security_token(TOKEN);
        let mut role = RamRole::new(key, Role::new("web").arn());
        role.endpoint = emulator.sts_endpoint();
        role
    };
    let of = |secret: &str, token: &str| {
        let credentials = Credentials::new("STS.canary", secret).security_token(token);
        (credentials.into(), format!("you said {secret} and {token}"))
    };
    vec![
        of(SECRET, TOKEN),
        of(OTHER, TOKEN),
        of(SECRET, OTHER),
        (Credentials::new("STS.canary", format!("{SECRET} broken")).into(), String::new()),
        (instance.into(), String::new()),
        (role.into(), String::new()),
        (broken.into(), String::new()),
        (assumed(SECRET).into(), String::new()),
        (assumed(OTHER).into(), String::new()),
        (CredentialSource::Host, format!("you said {SECRET} and {TOKEN}")),
    ]
}

fn encryptions() -> Vec<Option<Encryption>> {
    vec![
        None,
        Some(Encryption::new(&*key_set(KEY)).clear_values(ClearValues::All)),
        Some(Encryption::new(&*key_set(OUTER))),
        Some(Encryption::new(&*key_set(KEY)).key_encryption(&*key_set(OUTER), "data")),
        Some(Encryption::new(&*key_set(KEY).replace("AesGcmKey", "AesFooKey"))),
        Some(Encryption::new(&key_set(KEY)[1..])),
        Some(Encryption::new(Secret::bytes([&[0x08, 7, 0x12, 0x40][..], KEY].concat()))),
    ]
}

/// What goes wrong, by itself or on the way.
fn faults(message: &str) -> Vec<Option<FaultAction>> {
    let error = |status, code: &str| FaultAction::Error {
        status,
        code: code.to_owned(),
        message: message.to_owned(),
        ec: String::new(),
    };
    vec![
        None,
        Some(error(403, "AccessDenied")),
        Some(error(403, "InvalidSecurityToken")),
        Some(error(400, "AuthenticationFail.OIDCToken.Invalid")),
        Some(FaultAction::Garbage { status: 500, body: message.to_owned() }),
        Some(FaultAction::Refuse),
        Some(FaultAction::CorruptResponse { at: 3 }),
        Some(FaultAction::CutResponse { at: 3 }),
    ]
}

/// What a call said; what it gave when it went well.
fn told<T, E: Debug + Display>(result: Result<T, E>, log: &Log) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            log.add(&format!("error: {error} {error:?} {error:#?}\n"));
            None
        }
    }
}

async fn everything(tenant: &Tenant, log: &Log) {
    let (storage, locks) = (tenant.certificates(), tenant.locks());
    told(storage.store("a/k", VALUE).await, log);
    told(storage.load("a/k").await, log);
    if let Some(value) = told(storage.load_value("a/k").await, log) {
        log.add(&format!("{value:?}\n"));
    }
    told(storage.stat("a/k").await, log);
    told(storage.exists("a/k").await, log);
    told(storage.list("", true).await, log);
    told(storage.reencrypt("a/k").await, log);
    told(storage.delete("a").await, log);
    told(storage.store("../k", VALUE).await, log);
    // A guarded write is signed in its URL.
    if let Some(lease) = told(locks.try_lock("k").await, log) {
        log.add(&format!("{lease:?}\n"));
        told(storage.store_under(&lease, "a/guarded", VALUE).await, log);
        told(storage.delete_under(&lease, "a/guarded").await, log);
        told(locks.renew(&lease, Duration::from_secs(1)).await, log);
        told(locks.unlock(&lease).await, log);
    }
    if let Some(lease) = told(locks.lock("k", Duration::ZERO).await, log) {
        told(locks.unlock(&lease).await, log);
    }
    told(locks.inspect("k").await, log);
    told(locks.break_lock("k", 1).await, log);
    log.add(&format!("{:?} {tenant:?} {:?}\n", tenant.config(), tenant.metrics()));
}

/// All uploads.
async fn uploads(blobs: &Blobs) -> Result<Vec<UploadInfo>, BlobError> {
    blobs.uploads("/", Duration::ZERO).await?.try_collect().await
}

/// Every operation on blobs. Gives the signatures of the URLs that were made.
async fn every_blob(blobs: &Blobs, log: &Log) -> Vec<String> {
    told(blobs.check().await, log);
    told(blobs.put("/a/k", VALUE).await, log);
    told(blobs.get("/a/k").await, log);
    told(blobs.stat("/a/k").await, log);
    told(blobs.write("/a/k", 3, VALUE.as_bytes(), None).await, log);
    if let Some(mut content) = told(blobs.read("/a/k", 0).await, log) {
        told(tokio::io::copy(&mut content, &mut tokio::io::sink()).await, log);
    }
    if let Some(mut writer) = told(blobs.writer("/a/w", false, None).await, log) {
        told(writer.write(&*VALUE.repeat(20_000).into_bytes()).await, log);
        log.add(&format!("{writer:?}\n"));
        told(writer.size().await, log);
        told(writer.close().await, log);
    }
    told(uploads(blobs).await, log);
    if let Some(mut writer) = told(blobs.writer("/a/c", false, None).await, log) {
        told(writer.write(&*VALUE.repeat(20_000).into_bytes()).await, log);
        told(writer.cancel().await, log);
    }
    if let Some(mut writer) = told(blobs.writer("/a/w", true, None).await, log) {
        told(writer.commit().await, log);
    }
    told(blobs.list("/a").await, log);
    if let Some(mut walk) = told(blobs.walk("/", None).await, log) {
        while let Some(entry) = walk.next().await {
            told(entry, log);
        }
    }
    told(blobs.rename("/a/k", "/a/l").await, log);
    if let Some(uploads) = told(uploads(blobs).await, log) {
        told(blobs.remove_uploads(&uploads).await, log);
    }
    told(blobs.remove_orphans(Duration::ZERO).await, log);
    told(blobs.delete("/a").await, log);
    told(blobs.put("/a/../ k", VALUE).await, log);
    let url = told(blobs.url("/a/l", UrlMethod::Get, None).await, log);
    log.add(&format!("{url:?} {:?} {blobs:?} {:?}\n", blobs.tenant().config(), blobs.tenant().metrics()));
    let url = url.map(|url| url.url.expose_secret().to_owned()).unwrap_or_default();
    url.split_once("ignature=")
        .map(|(_, value)| value.split('&').next().unwrap_or(value).to_owned())
        .into_iter()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_is_found() {
    let log = Log::default();
    // Compiled before anything is logged: the compiler's own log, where the components are in no cache, takes all of a
    // machine's memory, and it knows no secret.
    LazyLock::force(&ENGINE);
    // Hyper and tokio too: all that a process could log. The emulator's own log is that of another machine, and wasmtime's
    // at its most verbose, some gigabytes, tells of handles and tasks.
    let filter = "trace,wasmtime=debug,ossicle_emulator=off";
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(log.clone());
    subscriber.init();

    // Each fault has an emulator of its own: most of the time is spent waiting.
    let faulty = join_all((0..faults("").len()).map(|at| with_fault(at, &log))).await;
    let signatures: Vec<String> = faulty.into_iter().flatten().collect();
    traps(&emulator().await, &log).await;

    let text = String::from_utf8_lossy(&log.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(text.contains("request answered") && text.contains("TRACE"), "the log is there");
    assert!(text.lines().filter(|line| line.starts_with("error: ")).count() > 100);
    search(&text);
    assert!(signatures.len() > 10, "{}", signatures.len());
    for signature in &signatures {
        assert!(!text.contains(signature), "a URL's signature shows");
    }
}

/// Every operation by every source of credentials, where one thing goes wrong. Gives the signatures of the URLs that were made.
async fn with_fault(at: usize, log: &Log) -> Vec<String> {
    let emulator = emulator().await;
    let mut signatures = Vec::new();
    for (source, said) in sources(&emulator) {
        emulator.faults().clear();
        // STS knows the token or the access key that it is asked with, and OSS the access key.
        let to_sts = match &source {
            CredentialSource::RamRole(role) => match &*role.base {
                CredentialSource::Fixed(key) => {
                    format!("you said {} and {TOKEN}", key.access_key_secret.expose_secret())
                }
                _ => String::new(),
            },
            _ => format!("you said {OIDC}"),
        };
        for (rule, said) in [(vec![Operation::AssumeRoleWithOIDC, Operation::AssumeRole], &*to_sts), (vec![], &*said)] {
            if let Some(action) = faults(said).swap_remove(at) {
                let mut fault = FaultRule::new(action);
                fault.operations = rule;
                emulator.faults().add(fault);
            }
        }
        // Every encryption with the first source, and the one that works with the others.
        let is_first = said.starts_with(&format!("you said {SECRET}")) && !matches!(source, CredentialSource::Host);
        let encryptions = encryptions().into_iter().enumerate();
        for (_, encryption) in encryptions.filter(|(at, _)| is_first || *at == 1) {
            let mut config = Config::new(BUCKET, REGION, source.clone())
                .endpoint(Endpoint::Custom(emulator.endpoint()))
                .timeouts(Timeouts::new().operation(Duration::from_secs(20)))
                .attempts(1);
            config.encryption = encryption;
            log.add(&format!("{config:?} {config}\n"));
            let tenant = ENGINE.tenant("canary", config, Limits::default()).expect("a tenant");
            if matches!(source, CredentialSource::Host) {
                let credentials = Credentials::new("STS.canary", SECRET).security_token(TOKEN);
                let given = TemporaryCredentials::new(credentials, None);
                log.add(&format!("{given:?}\n"));
                tenant.supply_credentials(given).expect("supplied");
            }
            everything(&tenant, log).await;
            tenant.close().await;
        }

        let config = Config::new(BUCKET, REGION, source.clone())
            .endpoint(Endpoint::Custom(emulator.endpoint()))
            .timeouts(Timeouts::new().operation(Duration::from_secs(20)))
            .attempts(1);
        let options = BlobOptions::new().part_size(100 << 10);
        let blobs = ENGINE.tenant("canary-blobs", config.blobs(options), Limits::default()).expect("a tenant").blobs();
        signatures.extend(every_blob(&blobs, log).await);
        blobs.tenant().close().await;
    }
    signatures.extend(by_parameters(&emulator, at, log).await);
    // Where nothing interferes, the values do get there: the search would find them.
    for operation in [
        Operation::PutObject,
        Operation::AppendObject,
        Operation::CompleteMultipartUpload,
        Operation::AbortMultipartUpload,
        Operation::ListMultipartUploads,
    ] {
        assert!(at > 0 || emulator.stats().count(operation) > 2, "{operation}: {}", emulator.stats().count(operation));
    }
    signatures
}

/// The other way to open a driver, which sends a request as it does and tries three times. Where that fails every operation
/// fails in the same way.
async fn by_parameters(emulator: &Emulator, at: usize, log: &Log) -> Vec<String> {
    let endpoint = emulator.endpoint();
    let mut signatures = Vec::new();
    for secret in [SECRET, OTHER] {
        let given = [
            ("accesskeyid", "LTAI-canary"),
            ("accesskeysecret", secret),
            ("region", REGION),
            ("bucket", BUCKET),
            ("endpoint", endpoint.as_str()),
        ];
        // What OSS could say of it is what it was given.
        emulator.faults().clear();
        let fault = faults(&format!("you said {secret}")).swap_remove(at);
        let is_well = fault.is_none();
        if let Some(action) = fault {
            emulator.faults().add(FaultRule::new(action));
        }
        let parameters: Parameters = given.into_iter().collect();
        log.add(&format!("{parameters:?}\n"));
        let blobs = ENGINE.tenant("canary-parameters", parameters, Limits::default()).expect("a tenant").blobs();
        if is_well && secret == SECRET {
            signatures.extend(every_blob(&blobs, log).await);
        } else {
            told(blobs.get("/a/k").await, log);
        }
        blobs.tenant().close().await;
    }
    signatures
}

/// Instances that end in the middle: out of memory, out of time.
async fn traps(emulator: &Emulator, log: &Log) {
    emulator.faults().clear();
    let credentials = Credentials::new("STS.canary", SECRET).security_token(TOKEN);
    let config = Config::new(BUCKET, REGION, credentials)
        .endpoint(Endpoint::Custom(emulator.endpoint()))
        .encryption(Encryption::new(&*key_set(KEY)));
    let small = Limits::default().memory(4 << 20);
    let short = Limits::default().call_timeout(Duration::from_millis(300));
    emulator.faults().add(FaultRule::new(FaultAction::Delay { ms: 5_000 }).on(Operation::GetObject));
    for limits in [small, short] {
        let tenant = ENGINE.tenant("trapped", config.clone(), limits).expect("a tenant");
        let storage = tenant.certificates();
        let large = VALUE.repeat(300_000);
        for result in [storage.store("k", large).await, storage.load("k").await.map(drop)] {
            if let Err(error) = result {
                log.add(&format!("error: {error} {error:?}\n"));
            }
        }
        tenant.close().await;
        log.add(&format!("{:?}\n", tenant.metrics()));
        assert!(tenant.metrics().retirements.values().sum::<u64>() > 0, "{:?}", tenant.metrics());
    }
    emulator.faults().clear();
}

/// That the search finds what it looks for.
#[test]
fn the_search_finds_every_spelling() {
    for spelling in spellings(SECRET.as_bytes()) {
        let line = format!("some line with {spelling} in it");
        assert!(std::panic::catch_unwind(|| search(&line)).is_err(), "{spelling}");
    }
    for before in ["", "a", "ab"] {
        let line = STANDARD.encode(format!("{before}{SECRET}, and more"));
        assert!(std::panic::catch_unwind(|| search(&line)).is_err(), "{line}");
    }
    search("nothing at all");
}
