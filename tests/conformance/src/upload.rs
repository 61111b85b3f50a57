//! The ways of pushing a blob.

use bytes::Bytes;
use http::Response;

use crate::api::{Call, OCTETS, check_digest, header, location, with_parameter};
use crate::client::Client;

/// Where an upload to a repository begins.
pub(crate) fn uploads_of(name: &str) -> String {
    format!("/v2/{name}/blobs/uploads/")
}

/// Begins an upload; where it is.
pub(crate) async fn begin(client: &impl Client, name: &str) -> String {
    let response = Call::new("POST", uploads_of(name)).body("").expect(client, &[202]).await;
    location(&response)
}

/// Which status the last request of an upload must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Refused,
}

async fn finish(client: &impl Client, call: Call, digest: &str, content: &Bytes, outcome: Outcome) {
    if outcome == Outcome::Refused {
        call.expect_error(client, 400, "DIGEST_INVALID").await;
        return;
    }
    let response = call.expect(client, &[201]).await;
    check_created(client, &response, digest, content).await;
}

/// Checks that a blob was made, and can be read where the response says that it is.
pub(crate) async fn check_created(client: &impl Client, response: &Response<Bytes>, digest: &str, content: &Bytes) {
    check_digest(response, digest);
    let read = Call::get(location(response)).expect(client, &[200]).await;
    assert_eq!(read.body(), content);
}

/// A way of pushing a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `POST` with all.
    Post,
    /// `POST`, and `PUT` with all.
    PostPut,
    /// `POST`, `PATCH` without a length, and `PUT`.
    Stream,
    /// `POST`, so many `PATCH`, and `PUT`.
    Chunks {
        /// The number of chunks.
        count: usize,
        /// Whether the last one comes with the `PUT`.
        last_by_put: bool,
        /// Whether a chunk at another place is tried before each.
        out_of_order: bool,
    },
}

impl Way {
    /// What the specification's suite calls it.
    pub fn case(self) -> &'static str {
        match self {
            Self::Post => "blob-post-only",
            Self::PostPut => "blob-post-put",
            Self::Stream => "blob-patch-stream",
            Self::Chunks { .. } => "blob-patch-chunked",
        }
    }

    /// Chunks in their order.
    pub const fn chunks(count: usize, last_by_put: bool) -> Self {
        Self::Chunks { count, last_by_put, out_of_order: false }
    }

    /// Pushes a blob.
    pub async fn push(self, client: &impl Client, name: &str, digest: &str, content: &Bytes, outcome: Outcome) {
        match self {
            Self::Post => {
                let call = Call::new("POST", with_parameter(&uploads_of(name), "digest", digest));
                let call = call.header("content-type", OCTETS).body(content.clone());
                finish(client, call, digest, content, outcome).await;
            }
            Self::PostPut => {
                let place = with_parameter(&begin(client, name).await, "digest", digest);
                let call = Call::new("PUT", place).header("content-type", OCTETS);
                finish(client, call.body(content.clone()), digest, content, outcome).await;
            }
            Self::Stream => {
                let place = begin(client, name).await;
                let call = Call::new("PATCH", place).header("content-type", OCTETS);
                let response = call.stream(content.clone()).expect(client, &[202]).await;
                let call = Call::new("PUT", with_parameter(&location(&response), "digest", digest)).body("");
                finish(client, call, digest, content, outcome).await;
            }
            Self::Chunks { count, last_by_put, out_of_order } => {
                let upload = Chunks { name, digest, content, size: content.len().div_ceil(count), last_by_put };
                upload.push(client, out_of_order, outcome).await;
            }
        }
    }
}

struct Chunks<'a> {
    name: &'a str,
    digest: &'a str,
    content: &'a Bytes,
    size: usize,
    last_by_put: bool,
}

impl Chunks<'_> {
    /// A chunk at an offset, and whether it is by `PUT`.
    fn call(&self, place: &str, offset: usize) -> (Call, bool) {
        let end = (offset + self.size).min(self.content.len());
        let is_put = self.last_by_put && end == self.content.len();
        let call = if is_put {
            Call::new("PUT", with_parameter(place, "digest", self.digest))
        } else {
            Call::new("PATCH", place)
        };
        let call = call
            .header("content-type", OCTETS)
            .header("content-range", format!("{offset}-{}", end - 1))
            .body(self.content.slice(offset..end));
        (call, is_put)
    }

    async fn push(&self, client: &impl Client, out_of_order: bool, outcome: Outcome) {
        let mut place = begin(client, self.name).await;
        let mut offset = 0;
        while offset < self.content.len() {
            if out_of_order {
                place = self.try_another_place(client, &place, offset).await;
            }
            let (call, is_put) = self.call(&place, offset);
            if is_put {
                return finish(client, call, self.digest, self.content, outcome).await;
            }
            let response = call.expect(client, &[202]).await;
            place = location(&response);
            offset = (offset + self.size).min(self.content.len());
            assert_eq!(header(&response, "range"), format!("0-{}", offset - 1));
        }
        let call = Call::new("PUT", with_parameter(&place, "digest", self.digest)).body("");
        finish(client, call, self.digest, self.content, outcome).await;
    }

    /// Sends a chunk that is not the next one, and finds out where the upload stands.
    async fn try_another_place(&self, client: &impl Client, place: &str, offset: usize) -> String {
        let ahead = offset + self.size;
        let wrong = if ahead < self.content.len() { ahead } else { 0 };
        if wrong != offset {
            self.call(place, wrong).0.expect(client, &[416]).await;
        }
        let response = Call::get(place).expect(client, &[204]).await;
        // A range has no unit, and that of an upload of nothing is 0-0.
        assert_eq!(header(&response, "range"), format!("0-{}", offset.saturating_sub(1)));
        location(&response)
    }
}
