//! What a request is observed for.

use std::net::SocketAddr;

use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version, header};
use ossicle_api::RequestId;
use ossicle_registry::{Event, Requester};
use time::OffsetDateTime;

use super::line::Line;
use super::writer::AccessLog;
use crate::notifications::{NotifiedRequest, Notifier};

/// The status that is logged if a client went away before there was a response: nginx's.
const GONE: u16 = 499;

/// The access log and the notifications of a server, either of which may be off.
#[derive(Clone, Debug, Default)]
pub struct Observers {
    /// The access log.
    pub log: Option<AccessLog>,
    /// The notifications.
    pub notifier: Option<Notifier>,
}

/// A request that is under way. When it is dropped the request is over.
#[derive(Debug)]
pub struct Observation {
    observers: Observers,
    request: ObservedRequest,
    response: Option<ObservedResponse>,
    sent: u64,
    is_broken: bool,
}

#[derive(Debug)]
struct ObservedRequest {
    id: String,
    time: OffsetDateTime,
    client: SocketAddr,
    scheme: &'static str,
    method: Method,
    uri: Uri,
    version: Version,
    host: Option<String>,
    referer: Option<String>,
    user_agent: Option<String>,
}

#[derive(Debug)]
struct ObservedResponse {
    status: StatusCode,
    length: Option<u64>,
    requester: Option<Requester>,
    event: Option<Event>,
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl Observers {
    /// Begins with a request of a client, which came by `http` or `https`.
    pub fn begin<B>(
        &self,
        request: &Request<B>,
        id: &RequestId,
        client: SocketAddr,
        scheme: &'static str,
    ) -> Observation {
        let headers = request.headers();
        // HTTP/2 names the host in the URI.
        let host = request.uri().authority().map(ToString::to_string).or_else(|| text(headers, header::HOST));
        let request = ObservedRequest {
            id: id.as_str().to_owned(),
            time: OffsetDateTime::now_utc(),
            client,
            scheme,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            host,
            referer: text(headers, header::REFERER),
            user_agent: text(headers, header::USER_AGENT),
        };
        Observation { observers: self.clone(), request, response: None, sent: 0, is_broken: false }
    }
}

impl Observation {
    /// Takes what the head of the response says.
    pub fn answered<B>(&mut self, response: &Response<B>) {
        let length = response.headers().get(header::CONTENT_LENGTH);
        self.response = Some(ObservedResponse {
            status: response.status(),
            length: length.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok()),
            requester: response.extensions().get().cloned(),
            event: response.extensions().get().cloned(),
        });
    }

    /// Counts bytes of the response's body.
    pub fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Notes that the response's body broke off.
    pub fn broke(&mut self) {
        self.is_broken = true;
    }

    fn log(&self, log: &AccessLog) {
        let ObservedRequest { time, client, method, uri, version, referer, user_agent, .. } = &self.request;
        let requester = self.response.as_ref().and_then(|response| response.requester.as_ref());
        let gone = StatusCode::from_u16(GONE).unwrap_or(StatusCode::BAD_REQUEST);
        let line = Line {
            client: client.ip(),
            user: requester.map(|requester| requester.0.as_str()),
            time: *time,
            method,
            uri,
            version: *version,
            status: self.response.as_ref().map_or(gone, |response| response.status),
            bytes: self.sent,
            referer: referer.as_deref(),
            user_agent: user_agent.as_deref(),
        };
        log.write(line.format(log.format()));
    }

    /// Whether the client got all of the response. What it pulled only in part it did not pull.
    fn is_whole(&self, response: &ObservedResponse) -> bool {
        let has_no_body = self.request.method == Method::HEAD;
        !self.is_broken && (has_no_body || response.length.is_none_or(|length| self.sent >= length))
    }

    fn notify(&self, notifier: &Notifier) {
        let Some(response) = &self.response else { return };
        let Some(event) = response.event.as_ref().filter(|_| self.is_whole(response)) else { return };
        let request = NotifiedRequest {
            id: self.request.id.clone(),
            client: self.request.client,
            method: self.request.method.clone(),
            scheme: self.request.scheme,
            host: self.request.host.clone(),
            user_agent: self.request.user_agent.clone(),
        };
        notifier.notify(event, response.requester.as_ref(), &request);
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if let Some(log) = &self.observers.log {
            self.log(log);
        }
        if let Some(notifier) = &self.observers.notifier {
            self.notify(notifier);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::access_log::{AccessLogSettings, LogFormat, LogTarget};
    use crate::notifications::NotificationSettings;
    use crate::notifications::test_server::{Receiver, event, settings};

    fn observers(path: &std::path::Path) -> Observers {
        let settings = AccessLogSettings { format: LogFormat::Common, target: LogTarget::File(path.to_owned()) };
        Observers { log: Some(AccessLog::open(settings).unwrap()), notifier: None }
    }

    fn lines(path: &std::path::Path, count: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let text = std::fs::read_to_string(path).unwrap();
            if text.lines().count() == count {
                // From the quote: what comes before has a time.
                return text.lines().map(|line| line.split_once("] ").unwrap().1.to_owned()).collect();
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn request(method: Method) -> Request<()> {
        let request = Request::builder().method(method).uri("/v2/a/blobs/sha256:00?_state=secret");
        request.header("host", "registry.example").body(()).unwrap()
    }

    fn response(length: u64, event: Option<Event>) -> Response<()> {
        let mut response = Response::builder().header("content-length", length).body(()).unwrap();
        response.extensions_mut().insert(Requester("ada".to_owned()));
        if let Some(event) = event {
            response.extensions_mut().insert(event);
        }
        response
    }

    fn id() -> RequestId {
        RequestId::of(&HeaderMap::from_iter([(RequestId::HEADER, "request-1".parse().unwrap())]), || [0; 16])
    }

    fn client() -> SocketAddr {
        "192.0.2.7:4711".parse().unwrap()
    }

    #[test]
    fn line_is_written_when_the_request_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let observers = observers(&path);
        let mut observation = observers.begin(&request(Method::GET), &id(), client(), "http");
        observation.answered(&response(7, None));
        observation.sent(3);
        observation.sent(4);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        drop(observation);
        assert_eq!(lines(&path, 1), ["\"GET /v2/a/blobs/sha256:00 HTTP/1.1\" 200 7"]);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("192.0.2.7 - ada ["));
        drop(observers.begin(&request(Method::GET), &id(), client(), "http"));
        assert_eq!(lines(&path, 2)[1], "\"GET /v2/a/blobs/sha256:00 HTTP/1.1\" 499 -");
    }

    #[tokio::test]
    async fn notification_is_sent_of_what_the_client_got_as_a_whole() {
        let receiver = Receiver::start(vec![]).await;
        let settings = NotificationSettings { endpoints: vec![settings(&receiver)], include_references: false };
        let notifier = Notifier::start(settings, "node:5000".to_owned()).unwrap();
        let observers = Observers { log: None, notifier: Some(notifier.clone()) };
        let observe = |method: Method, sent: usize, is_broken: bool| {
            let mut observation = observers.begin(&request(method), &id(), client(), "https");
            observation.answered(&response(7, Some(event("pull"))));
            observation.sent(sent);
            if is_broken {
                observation.broke();
            }
        };
        observe(Method::GET, 7, false);
        observe(Method::HEAD, 0, false);
        observe(Method::GET, 3, false);
        observe(Method::GET, 7, true);
        notifier.close(Duration::from_secs(20)).await;
        let received = receiver.received();
        let methods: Vec<_> = received.iter().map(|(_, told)| told["events"][0]["request"]["method"].clone()).collect();
        assert_eq!(methods, ["GET", "HEAD"]);
        let event = &received[0].1["events"][0];
        assert_eq!(event["request"]["id"], "request-1");
        assert_eq!((&event["actor"]["name"], &event["request"]["host"]), (&"ada".into(), &"registry.example".into()));
        assert!(event["target"]["url"].as_str().unwrap().starts_with("https://registry.example/v2/a/b/blobs/sha256:"));
    }
}
