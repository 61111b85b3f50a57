//! A registry in memory, with as much of the protocol as a push needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const USER: &str = "ada";
pub const PASSWORD: &str = "CANARY0password";

/// How the registry treats its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Open,
    Basic,
    Bearer,
    /// Wants a password, and has uploads go to another port.
    UploadsElsewhere(u16),
    Refused,
    Broken,
    StoresAnother,
    /// Takes manifests with a subject for referrers of that.
    Refers,
}

#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub authorization: Option<String>,
}

#[derive(Default)]
pub struct Kept {
    pub blobs: HashMap<String, Bytes>,
    pub manifests: HashMap<String, Bytes>,
    pub requests: Vec<Asked>,
}

pub struct Fake {
    pub host: String,
    pub port: u16,
    kept: Arc<Mutex<Kept>>,
    running: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Fake {
    pub async fn start(access: Access) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = kept.clone();
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = shared.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, access, port, &shared));
                    // A client that leaves is no failure of the registry's.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { host: format!("127.0.0.1:{port}"), port, kept, running }
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

async fn answer(
    request: Request<Incoming>,
    access: Access,
    port: u16,
    kept: &Mutex<Kept>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let authorization = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let mut kept = kept.lock().unwrap();
    kept.requests.push(Asked { method: parts.method.to_string(), authorization: authorization.clone() });
    let plain = |status: StatusCode| Response::builder().status(status);
    let end = |builder: http::response::Builder, body: &str| Ok(builder.body(Full::from(body.to_owned())).unwrap());
    let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    if path == "/token" {
        let is_refresh = parts.method == Method::POST && body.ends_with(b"refresh_token=an%20identity%20token");
        let is_scoped = query.contains("scope=repository%3Asome%2Fthing%3Apull%2Cpush&client_id=ossicle&service=fake");
        return if is_refresh || (is_scoped && authorization == Some(basic)) {
            end(plain(StatusCode::OK), r#"{"token": "a-token"}"#)
        } else {
            end(plain(StatusCode::UNAUTHORIZED), "")
        };
    }
    let (known, challenge) = match access {
        Access::Basic | Access::UploadsElsewhere(_) => {
            (authorization == Some(basic), "Basic realm=\"fake\"".to_owned())
        }
        Access::Bearer => {
            let known = authorization.as_deref() == Some("Bearer a-token");
            (known, format!("Bearer realm=\"http://127.0.0.1:{port}/token\",service=\"fake\""))
        }
        Access::Refused => {
            let told = r#"{"errors": [{"code": "DENIED", "message": "requested access is denied"}]}"#;
            // HEAD has no body to say it in.
            let status = if parts.method == Method::HEAD { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            return end(plain(status), told);
        }
        Access::Broken => return end(plain(StatusCode::SERVICE_UNAVAILABLE), "<html>"),
        Access::Open | Access::StoresAnother | Access::Refers => (true, String::new()),
    };
    if !known {
        return end(plain(StatusCode::UNAUTHORIZED).header(WWW_AUTHENTICATE, challenge), "");
    }
    let rest = path.strip_prefix("/v2/some/thing/").unwrap();
    let name = rest.rsplit('/').next().unwrap().to_owned();
    let answer = match parts.method.as_str() {
        "HEAD" if kept.blobs.contains_key(&name) => plain(StatusCode::OK),
        "HEAD" => plain(StatusCode::NOT_FOUND),
        "POST" => {
            let host = match access {
                Access::UploadsElsewhere(port) => format!("http://127.0.0.1:{port}"),
                _ => String::new(),
            };
            plain(StatusCode::ACCEPTED).header(LOCATION, format!("{host}/v2/some/thing/blobs/uploads/1?state=x"))
        }
        "GET" if rest.starts_with("manifests/") => {
            let accepted = parts.headers[ACCEPT].to_str().unwrap();
            assert_eq!(accepted, "application/vnd.oci.image.index.v1+json");
            return match kept.manifests.get(&name) {
                Some(manifest) => end(plain(StatusCode::OK), std::str::from_utf8(manifest).unwrap()),
                None => end(plain(StatusCode::NOT_FOUND), ""),
            };
        }
        "PUT" if rest.starts_with("manifests/") => {
            let mut answer = plain(StatusCode::CREATED);
            if access == Access::StoresAnother {
                answer = answer.header("docker-content-digest", "sha256:00");
            }
            let manifest: Value = serde_json::from_slice(&body).unwrap();
            // As a manifest says what it is, its header does.
            assert_eq!(manifest["mediaType"], parts.headers[CONTENT_TYPE].to_str().unwrap());
            if let (Access::Refers, Some(subject)) = (access, manifest["subject"]["digest"].as_str()) {
                answer = answer.header("oci-subject", subject);
            }
            kept.manifests.insert(name, body);
            answer
        }
        "PUT" => {
            let digest = query.strip_prefix("state=x&digest=").unwrap().to_owned();
            kept.blobs.insert(digest, body);
            plain(StatusCode::CREATED)
        }
        other => panic!("{other} {path}"),
    };
    end(answer, "")
}
