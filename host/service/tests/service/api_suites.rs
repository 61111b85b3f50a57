//! What clients of the API rely on, of the server.

use bytes::Bytes;
use http::{Request, Response, header};
use ossicle_api_suites::{Known, Served, Site, for_each_suite, for_each_suite_of_servers, known, served, suites};
use ossicle_emulator::Emulator;

use crate::api_world::{ApiProcess, emulator_with, tenant};
use crate::client::{chunked, whole};

/// A server of one tenant.
struct Serving {
    process: ApiProcess,
    _emulator: Emulator,
}

/// What a config says of a token.
fn config(token: &Known) -> String {
    let expires = token.expires.map(|moment| format!("expires = {moment}\n"));
    let limit = token.body_limit.map(|limit| format!("body-limit = {limit}\n"));
    let (id, sha256, rights) = (token.id(), token.sha256(), token.rights);
    let lines = [expires, limit].into_iter().flatten().collect::<String>();
    format!("[[tenant.token]]\nid = \"{id}\"\nsha256 = \"{sha256}\"\nrights = {rights:?}\n{lines}")
}

impl Serving {
    async fn start() -> Self {
        let emulator = emulator_with(&["one"]).await;
        let tokens: String = known().iter().map(config).collect();
        let process = ApiProcess::start(&tenant("one", &emulator.endpoint(), &[], &tokens)).await;
        Self { process, _emulator: emulator }
    }
}

impl Served for Serving {
    async fn send_as_it_is(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, content) = request.into_parts();
        let headers: Vec<_> =
            head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        let is_stream = !content.is_empty() && !head.headers.contains_key(header::CONTENT_LENGTH);
        let body = if is_stream { chunked(content) } else { whole(content) };
        let (method, uri) = (head.method.as_str(), head.uri.to_string());
        let reply = self.process.client().send_body(method, &uri, &headers, body).await;
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response
    }
}

impl Site for Serving {
    async fn send(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        let [all, ..] = known();
        request.headers_mut().insert(header::AUTHORIZATION, all.authorization().parse().unwrap());
        self.send_as_it_is(request).await
    }
}

macro_rules! test_each {
    ($($suite:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $suite() {
                suites::$suite(&Serving::start().await).await;
            }
        )*
    };
}

macro_rules! test_each_of_servers {
    ($($suite:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $suite() {
                served::$suite(&Serving::start().await).await;
            }
        )*
    };
}

for_each_suite!(test_each);
for_each_suite_of_servers!(test_each_of_servers);
