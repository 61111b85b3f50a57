//! What the specification asks of a registry, of the service over HTTP.

use bytes::Bytes;
use http::{Request, Response, header};
use ossicle_conformance::{for_each_group, groups};

use crate::client::{Client, chunked, whole};
use crate::world::{PART, SMALL_PART, World};

/// A client of a registry, and how long the chunks are that it sends.
struct Registry {
    client: Client,
    chunk: usize,
}

impl ossicle_conformance::Client for Registry {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, content) = request.into_parts();
        let headers: Vec<_> =
            head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        // What says its length nowhere streams.
        let is_stream = !content.is_empty() && !head.headers.contains_key(header::CONTENT_LENGTH);
        let body = if is_stream { chunked(content) } else { whole(content) };
        let uri = head.uri.to_string();
        let reply = self.client.send_body(head.method.as_str(), &uri, &headers, body).await;
        let reply = self.client.follow(reply).await;
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response
    }

    fn chunk(&self) -> usize {
        self.chunk
    }
}

/// With small parts, so that uploads have several, and with the usual ones, by which every one is held in memory.
macro_rules! test_each {
    ($($group:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $group() {
                for (part_size, chunk) in [(SMALL_PART, SMALL_PART + 1), (PART, 1024)] {
                    let world = World::new(part_size).await;
                    groups::$group(&Registry { client: world.client(), chunk }).await;
                }
            }
        )*
    };
}

for_each_group!(test_each);
