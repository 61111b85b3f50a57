//! What spans and errors say of a call and its requests: by OpenTelemetry's conventions, with the caller's id and OSS's.

use crate::component;
use crate::server::Server;
use crate::support::{config_of, engine, strict, tenant_of, text};
use ossicle::{EngineOptions, Error, Limits, RequestId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Instrument, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// OSS's id of each request that the server answers.
const OSS: &str = "5C3D9175B6FC201293AD4F8A";

fn caller() -> RequestId {
    "caller-1".parse().unwrap()
}

/// Records all spans and what is said in them.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Recorded>>>);

#[derive(Debug, Clone, Default)]
struct Recorded {
    id: u64,
    name: &'static str,
    parent: Option<u64>,
    fields: Fields,
    said: Vec<Fields>,
}

#[derive(Debug, Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Recorder {
    fn spans(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.0.lock().unwrap()
    }

    /// With the newest span of an id, for ids are used again.
    fn with(&self, id: &Id, then: impl FnOnce(&mut Recorded)) {
        if let Some(span) = self.spans().iter_mut().rev().find(|span| span.id == id.into_u64()) {
            then(span);
        }
    }

    fn named(&self, name: &str) -> Vec<Recorded> {
        self.spans().iter().filter(|span| span.name == name).cloned().collect()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.span(id).and_then(|span| span.parent()).map(|parent| parent.id().into_u64());
        let mut span =
            Recorded { id: id.into_u64(), name: attributes.metadata().name(), parent, ..Recorded::default() };
        attributes.record(&mut span.fields);
        self.spans().push(span);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.with(id, |span| values.record(&mut span.fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Fields::default();
        event.record(&mut said);
        // hyper has a lot to say as well.
        let is_ours = event.metadata().target().starts_with("ossicle");
        if let Some(span) = context.event_span(event).filter(|_| is_ours) {
            self.with(&span.id(), |span| span.said.push(said));
        }
    }
}

#[tokio::test]
async fn a_call_is_a_span_and_its_requests_are_spans_below_it() {
    let recorder = Recorder::default();
    // With one subscriber alone, `tracing` asks that of the thread which comes upon a span first: another test's has none.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _recording = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    // All of it runs in this thread, whose log is recorded.
    let engine = engine(EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")));
    let server = Server::start().await;
    let tenant = engine.tenant("spans", config_of("bucket", &server), Limits::default()).unwrap();
    let certificates = tenant.with_request_id(caller()).certificates();
    let get = |path: &str| format!("get {}", server.url(path));
    let serving = tracing::info_span!("serving");
    text(&certificates, &get("/object")).instrument(serving).await.unwrap();
    text(&certificates, &get("/hang-up")).await.unwrap();
    certificates.load("not-found").await.unwrap_err();
    text(&tenant.certificates(), &format!("leak {}", server.url("/object"))).await.unwrap();
    tenant.close().await;

    let (calls, requests) = (recorder.named("call"), recorder.named("request"));
    assert_eq!((calls.len(), requests.len()), (4, 3));
    let field = |span: &Recorded, name: &str| span.fields.0.get(name).cloned().unwrap_or_default();
    let expect = |span: &Recorded, expected: &[(&str, &str)]| {
        for (name, value) in expected {
            assert_eq!(field(span, name), *value, "{name} of {span:?}");
        }
    };
    let [serving] = recorder.named("serving").try_into().unwrap();
    assert_eq!((calls[0].parent, calls[1].parent), (Some(serving.id), None));
    let of_call = [("otel.kind", "internal"), ("tenant", "spans"), ("operation", "load"), ("request_id", "caller-1")];
    expect(&calls[0], &of_call);
    expect(&calls[0], &[("outcome", "ok"), ("oss.request_id", OSS), ("otel.status_code", "")]);
    expect(&calls[2], &[("outcome", "not-found"), ("oss.request_id", ""), ("otel.status_code", "")]);
    expect(&calls[3], &[("outcome", "ok"), ("request_id", "")]);

    assert_eq!((requests[0].parent, requests[1].parent), (Some(calls[0].id), Some(calls[1].id)));
    let port = server.address.port().to_string();
    let of_request = [
        ("otel.kind", "client"),
        ("http.request.method", "GET"),
        ("url.scheme", "http"),
        ("server.address", "127.0.0.1"),
        ("server.port", port.as_str()),
    ];
    requests.iter().for_each(|request| expect(request, &of_request));
    expect(&requests[0], &[("url.path", "/object"), ("http.response.status_code", "200"), ("oss.request_id", OSS)]);
    expect(&requests[1], &[("http.response.status_code", ""), ("otel.status_code", "ERROR")]);
    expect(&requests[1], &[("error.type", "ConnectionTerminated")]);
    let said = |span: &Recorded| span.said.iter().filter_map(|said| said.0.get("message")).cloned().collect::<Vec<_>>();
    assert_eq!(
        (said(&requests[0]), said(&requests[1])),
        (vec!["request answered".into()], vec!["request failed".into()])
    );
    assert_eq!(said(&calls[0]), ["call succeeded"]);

    assert!(server.seen.heads.lock().unwrap().iter().any(|head| head.contains("very-secret")), "it was sent");
    for span in recorder.spans().iter() {
        assert!(!format!("{span:?}").contains("very-secret"), "{span:?}");
    }
}

#[tokio::test]
async fn an_error_says_whose_request_it_was_and_which_of_osss() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, strict()).with_request_id(caller());
    let held = tenant.certificates().load(&format!("hold {}", server.url("/object"))).await.unwrap_err();
    assert!(matches!(held, Error::TimedOut { .. }), "{held}");
    let ids = held.ids().unwrap();
    assert_eq!((ids.request.as_ref(), ids.oss_request.as_deref()), (Some(&caller()), Some(OSS)));
    let trapped = tenant.certificates().load("trap").await.unwrap_err();
    let other = trapped.ids().unwrap();
    assert_eq!((other.request.as_ref(), other.oss_request.as_deref()), (Some(&caller()), None));
    assert!(ids.call > 0 && other.call > ids.call, "{ids:?} {other:?}");
    assert!(tenant.locks().try_hold("name").await.is_err());

    let blobs = tenant.blobs();
    for error in [blobs.get("not-found").await.unwrap_err(), blobs.get("never").await.unwrap_err()] {
        assert_eq!(error.error().and_then(Error::ids).and_then(|ids| ids.request.clone()), Some(caller()), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_that_oss_answered_has_its_id_beside_the_callers() {
    let emulator = component::emulator().await;
    let tenant = component::engine().tenant("test", component::config(&emulator), Limits::default()).unwrap();
    for (tenant, request) in [(tenant.with_request_id(caller()), Some(caller())), (tenant, None)] {
        let error = tenant.certificates().load("nothing").await.unwrap_err();
        let ids = error.ids().unwrap();
        assert!(error.is_not_found() && ids.oss_request.is_some(), "{error:?}");
        assert_eq!((&ids.request, ids.oss_request.as_deref()), (&request, error.request_id()));
        let blobs = tenant.blobs();
        for error in [blobs.get("/nothing").await.unwrap_err(), blobs.read("/nothing", 0).await.unwrap_err()] {
            let ids = error.error().and_then(Error::ids).unwrap();
            assert!(ids.call > 0 && ids.oss_request.is_some() && ids.request == request, "{error:?}");
        }
    }
}
