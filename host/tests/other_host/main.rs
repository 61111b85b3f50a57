//! The components in a host of WASI 0.3 that is not this library and keeps no timeouts: one whose `request-options` say that
//! none is supported. A component must end what stands still by itself, and nothing else (4.13), and check what comes (6).

// What the bindings' generator writes is not ours to document or to mend.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

mod content;

use bytes::Bytes;
use content::Fault;
use exports::ossicle::storage::cert_storage;
use exports::ossicle::storage::types::{
    Addressing, Config, CredentialSource, Credentials, Endpoint, ErrorKind, Timeouts,
};
use futures_util::StreamExt;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use ossicle_component::CERTIFICATES;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, InstancePre, Linker, Resource, ResourceTable};
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p3::bindings::http::types::{RequestOptions, RequestOptionsError};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

wasmtime::component::bindgen!({
    path: "../wit",
    world: "ossicle:storage/ossicle",
    exports: { default: async | store },
    with: {
        "wasi:http": wasmtime_wasi_http::p3::bindings::http,
        "wasi:clocks": wasmtime_wasi::p3::bindings::clocks,
        "wasi:random": wasmtime_wasi::p3::bindings::random,
    },
});

/// The time to connect and the time to the first byte; together they are the limit on standing still.
const CONNECT: Duration = Duration::from_millis(100);
const FIRST_BYTE: Duration = Duration::from_millis(900);
const LIMIT: Duration = Duration::from_secs(1);
const BETWEEN_BYTES: Duration = Duration::from_millis(500);
/// A test machine that is busy wakes late.
const LATE: Duration = Duration::from_secs(20);

/// What the line and the server do.
#[derive(Clone, Copy)]
enum Line {
    /// It takes a piece of an upload after each such pause, and the server answers when all have come.
    Slow(Duration),
    /// It takes the first piece of an upload and then nothing.
    Stuck,
    /// It takes everything, and the server never answers.
    Silent,
    /// The server begins an answer of which no more than half comes.
    Half,
    /// The server sends a file.
    Content(Fault),
}

impl WasiHttpHooks for Line {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<wasmtime_wasi_http::RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answered, Error>> + Send> {
        let kept = options.unwrap_or_default();
        assert_eq!((kept.connect_timeout, kept.first_byte_timeout, kept.between_bytes_timeout), (None, None, None));
        let line = *self;
        Box::new(async move {
            let response = match line {
                Self::Content(fault) => fault.answer(&request),
                line => line.answer(request.into_body()).await?,
            };
            Ok((response, Box::new(std::future::ready(Ok(()))) as Box<_>))
        })
    }
}

type Answered = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl Line {
    async fn answer(self, mut body: WasiBody) -> Result<http::Response<WasiBody>, Error> {
        let mut whole = Vec::new();
        while let Some(frame) = body.frame().await {
            whole.extend_from_slice(&frame?.into_data().unwrap_or_default());
            match self {
                Self::Slow(pause) => tokio::time::sleep(pause).await,
                Self::Stuck => std::future::pending().await,
                Self::Silent | Self::Half | Self::Content(_) => {}
            }
        }
        if matches!(self, Self::Silent) {
            std::future::pending::<()>().await;
        }
        let half = Bytes::from_static(b"half of it");
        let crc64 = if matches!(self, Self::Half) { 0 } else { ossicle_crc64(&whole) };
        let head = http::Response::builder()
            .header("x-oss-request-id", "R")
            .header("etag", "\"E\"")
            .header("x-oss-object-type", "Normal")
            .header("x-oss-hash-crc64ecma", crc64);
        let no = |never: std::convert::Infallible| match never {};
        let response = match self {
            Self::Half => {
                let first = futures_util::stream::iter([Ok::<_, Error>(http_body::Frame::data(half.clone()))]);
                let body = StreamBody::new(first.chain(futures_util::stream::pending()));
                head.header("content-length", 2 * half.len()).body(body.boxed_unsync())
            }
            _ if whole.is_empty() => head.body(Empty::new().map_err(no).boxed_unsync()),
            _ => head.header("content-length", 0).body(Full::new(Bytes::new()).map_err(no).boxed_unsync()),
        };
        Ok(response.expect("a response"))
    }
}

/// CRC-64 as OSS states it (ECMA-182, reflected), a byte at a time by a table.
fn ossicle_crc64(bytes: &[u8]) -> u64 {
    let table: Vec<u64> = (0..256)
        .map(|byte| (0..8).fold(byte, |crc: u64, _| (crc >> 1) ^ (0xC96C_5795_D787_0F42 * (crc & 1))))
        .collect();
    !bytes.iter().fold(u64::MAX, |crc, byte| (crc >> 8) ^ table[usize::from(crc as u8 ^ byte)])
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    line: Line,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.line }
    }
}

/// What such a host links: everything of WASI's own, but setters of timeouts that support none.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.3.0")?;
    for timeout in ["connect", "first-byte", "between-bytes"] {
        types.func_wrap(
            &format!("[method]request-options.set-{timeout}-timeout"),
            |_: StoreContextMut<'_, State>, _: (Resource<RequestOptions>, Option<u64>)| {
                Ok((Err::<(), _>(RequestOptionsError::NotSupported),))
            },
        )?;
    }
    Ok(linker)
}

/// Stores a value of so many bytes, or loads one where there are none: how that ended, and how long it took.
async fn call(line: Line, stored: usize) -> (Result<(), ErrorKind>, Duration) {
    let (mut store, linked) = link(CERTIFICATES, line);
    let indices = cert_storage::GuestIndices::new(&linked).expect("what it exports");
    let instance = linked.instantiate_async(&mut store).await.expect("an instance");
    let exports = indices.load(&mut store, &instance).expect("its functions");
    let ran = store.run_concurrent(async |accessor| {
        let storage = exports.storage();
        let options = cert_storage::CertOptions { encryption: None, storage_class: None, server_side_encryption: None };
        let opened = storage.call_open(accessor, config(1), options, None).await?.expect("a storage");
        let begun = Instant::now();
        let ended = if stored > 0 {
            storage.call_store(accessor, opened, "k".to_owned(), vec![7; stored]).await?
        } else {
            storage.call_load(accessor, opened, "k".to_owned()).await?.map(drop)
        };
        wasmtime::error::Ok((ended.map_err(|error| error.kind), begun.elapsed()))
    });
    ran.await.and_then(|ended| ended).expect("no trap")
}

/// A store of such a host, and a component that is linked to it.
fn link(component: &[u8], line: Line) -> (Store<State>, InstancePre<State>) {
    let mut options = wasmtime::Config::new();
    options.cache(Some(cache()));
    let engine = Engine::new(&options).expect("an engine");
    let component = Component::new(&engine, component).expect("the component");
    let state = State { table: ResourceTable::new(), wasi: WasiCtx::builder().build(), http: WasiHttpCtx::new(), line };
    let linked = linker(&engine).and_then(|linker| linker.instantiate_pre(&component)).expect("what it imports");
    (Store::new(&engine, state), linked)
}

/// A config by which each request is sent so often at most.
fn config(attempts: u8) -> Config {
    let milliseconds = |time: Duration| Some(u64::try_from(time.as_millis()).expect("a short time"));
    Config {
        bucket: "bucket".to_owned(),
        region: "cn-hangzhou".to_owned(),
        endpoint: Some(Endpoint::Custom("http://127.0.0.1:9".to_owned())),
        addressing: Some(Addressing::Path),
        secure: None,
        root: None,
        signature: None,
        credentials: CredentialSource::Fixed(Credentials {
            access_key_id: "id".to_owned(),
            access_key_secret: "secret".to_owned(),
            security_token: None,
        }),
        roles: Vec::new(),
        timeouts: Timeouts {
            connect: milliseconds(CONNECT),
            first_byte: milliseconds(FIRST_BYTE),
            between_bytes: milliseconds(BETWEEN_BYTES),
            operation: milliseconds(Duration::from_secs(60)),
        },
        attempts: Some(attempts),
        acl: None,
    }
}

/// One compilation serves all tests.
fn cache() -> wasmtime::Cache {
    let mut options = wasmtime::CacheConfig::new();
    options.with_directory(env!("CARGO_TARGET_TMPDIR"));
    wasmtime::Cache::new(options).expect("a cache")
}

#[tokio::test]
async fn an_upload_that_moves_takes_as_long_as_it_takes_4_13() {
    let (ended, took) = call(Line::Slow(Duration::from_millis(25)), 16 << 20).await;
    assert!(ended.is_ok(), "{ended:?} after {took:?}");
    assert!(took > LIMIT, "{took:?} shows nothing");
}

#[tokio::test]
async fn what_stands_still_is_ended_after_the_limit_4_13() {
    for (line, stored, limit) in [
        (Line::Stuck, 16 << 20, LIMIT),
        (Line::Silent, 1000, LIMIT),
        (Line::Silent, 0, LIMIT),
        (Line::Half, 0, BETWEEN_BYTES),
    ] {
        let (ended, took) = call(line, stored).await;
        assert!(matches!(ended, Err(ErrorKind::TimedOut)), "{ended:?} after {took:?}");
        assert!(took >= limit && took < limit + LATE, "{took:?}");
    }
}
