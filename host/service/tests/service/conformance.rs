//! The specification's cases over HTTP.

use bytes::Bytes;
use http::{Request, Response, header};
use ossicle_conformance::{cases, for_each_case};

use crate::client::{Client, chunked, whole};
use crate::world::{PART, SMALL_PART, World};

impl ossicle_conformance::Client for Client {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, content) = request.into_parts();
        let headers: Vec<_> =
            head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        // What says its length nowhere streams.
        let is_stream = !content.is_empty() && !head.headers.contains_key(header::CONTENT_LENGTH);
        let body = if is_stream { chunked(content) } else { whole(content) };
        let uri = head.uri.to_string();
        let reply = self.send_body(head.method.as_str(), &uri, &headers, body).await;
        let reply = self.follow(reply).await;
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response
    }
}

/// With small parts, so that uploads have several, and with the usual ones, by which every one is held in memory.
macro_rules! test_each {
    ($($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                for part_size in [SMALL_PART, PART] {
                    let world = World::new(part_size).await;
                    cases::$case(&world.client()).await;
                }
            }
        )*
    };
}

for_each_case!(test_each);
