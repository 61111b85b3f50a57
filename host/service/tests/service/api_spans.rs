//! What is logged of a request stands in a span that names it, down to the library's calls for it.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::api_world::{ApiProcess, Given, emulator_with, tenant};
use crate::client::{content, whole};
use crate::world::{PART, Process, emulator, options};

/// A log that a test reads.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Records what this thread logs, and each span that it begins.
    fn record(&self) -> impl Drop + use<> {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(Level::DEBUG).with_span_events(FmtSpan::NEW);
        tracing::subscriber::set_default(subscriber.with_ansi(false).with_writer(move || log.clone()).finish())
    }

    /// The line with all of these in it.
    fn line(&self, parts: &[&str]) -> String {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let found = text.lines().find(|line| parts.iter().all(|part| line.contains(part)));
        found.unwrap_or_else(|| panic!("no line with {parts:?} in\n{text}")).to_owned()
    }

    /// The span of the request below which a call of an operation is one.
    fn request_of_call(&self, operation: &str) -> String {
        let line = self.line(&["call{", &format!("operation=\"{operation}\"")]);
        let (request, _) = line.split_once("call{").unwrap();
        assert!(request.contains("http_request{"), "{line}");
        line
    }
}

/// All of it runs in this thread, whose log is recorded.
#[tokio::test]
async fn calls_of_the_library_are_made_for_the_request() {
    // With one subscriber alone, `tracing` asks that of the thread which comes upon a span first: another test's has none.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let log = Log::default();
    let _recording = log.record();
    let emulator = emulator_with(&["one"]).await;
    let given = Given::new("rights = [\"read\", \"write\"]");
    let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[&given], "")).await;
    let authorization = format!("Bearer {}", given.text());
    // A change runs in a task of its own.
    for (method, operation) in [("PUT", "store"), ("GET", "load")] {
        let id = format!("request-{method}");
        let headers = [("authorization", authorization.as_str()), ("x-request-id", &id)];
        process.client().send_body(method, "/v1/certificates/a", &headers, whole("x")).await.expect(200);
        let line = log.request_of_call(operation);
        // In the request's span and in the call's own.
        assert_eq!(line.matches(&format!("request_id=\"{id}\"")).count(), 2, "{line}");
        let ended = log.line(&["a request ended", &id]);
        assert!(ended.contains("tenant=\"one\"") && ended.contains("http.response.status_code=200"), "{ended}");
    }
    let refused = process.client().send_body("GET", "/v1/certificates/a", &[("x-request-id", "request-3")], whole(""));
    refused.await.expect(401);
    log.line(&["a request is refused", "request_id=\"request-3\""]);
}

#[tokio::test]
async fn registrys_requests_are_spans_with_the_same_ids() {
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let log = Log::default();
    let _recording = log.record();
    let emulator = emulator().await;
    let process = Process::start(&emulator, options(PART)).await;
    let client = process.client();
    let location = client.begin("app").await;
    let reply = client.send_body("PATCH", &location, &[("x-request-id", "request-1")], whole(content(1, 1000))).await;
    assert_eq!(reply.expect(202).header("x-request-id"), "request-1");
    let headers = [("x-request-id", "request-2")];
    client.send_body("GET", "/v2/none/manifests/a", &headers, whole("")).await.expect(404);
    assert_eq!(client.get("/health").await.expect(200).header("x-request-id").len(), 32);
    // The registry's core runs in a task of its own.
    log.line(&["http_request{", "request_id=\"request-2\"", "call{"]);
}
