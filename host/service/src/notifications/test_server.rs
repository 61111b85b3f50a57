//! An endpoint, and events for it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ossicle_registry::{Digest, Event, EventAction, EventTarget, RepositoryName, Tag};
use serde_json::Value;
use tokio::net::TcpListener;

use super::request::NotifiedRequest;
use super::settings::EndpointSettings;

type Received = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

/// An endpoint that remembers what it got.
pub struct Receiver {
    url: String,
    received: Received,
}

impl Receiver {
    /// Answers with these statuses in turn, then 200; 0 is no answer within ten seconds.
    pub async fn start(statuses: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let received = Received::default();
        let (kept, statuses) = (received.clone(), Arc::new(Mutex::new(VecDeque::from(statuses))));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, statuses) = (kept.clone(), statuses.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (kept, statuses) = (kept.clone(), statuses.clone());
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        kept.lock().unwrap().push((head.headers, serde_json::from_slice(&body).unwrap()));
                        let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
                        if status == 0 {
                            tokio::time::sleep(Duration::from_secs(10)).await;
                        }
                        let response = Response::builder().status(status.max(200)).body(Full::<Bytes>::default());
                        Ok::<_, Infallible>(response.unwrap())
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, received }
    }

    pub fn received(&self) -> Vec<(HeaderMap, Value)> {
        self.received.lock().unwrap().clone()
    }
}

pub fn settings(receiver: &Receiver) -> EndpointSettings {
    let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer a secret"))]);
    // Longer than by default: the machine that runs the tests may be busy.
    let timeout = Duration::from_secs(20);
    EndpointSettings {
        name: "test".to_owned(),
        url: receiver.url.clone(),
        headers,
        timeout,
        ..EndpointSettings::default()
    }
}

pub fn request() -> NotifiedRequest {
    NotifiedRequest {
        id: "request-1".to_owned(),
        client: "192.0.2.7:4711".parse().unwrap(),
        method: Method::PUT,
        scheme: "https",
        host: Some("registry.example".to_owned()),
        user_agent: Some("docker/20.10.24".to_owned()),
    }
}

/// A push or pull of a blob, or a deletion of a tag.
pub fn event(action: &str) -> Event {
    let digest = Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
    let blob = EventTarget::Blob { digest, size: Some(7) };
    let (action, target) = match action {
        "push" => (EventAction::Push, blob),
        "pull" => (EventAction::Pull, blob),
        "delete" => (EventAction::Delete, EventTarget::Tag(Tag::parse("v1").unwrap())),
        other => panic!("{other}"),
    };
    Event { action, repository: RepositoryName::parse("a/b").unwrap(), target }
}
