//! Blobs: every way of pushing them, mounts, ranges, small ones and wrong digests.

use bytes::Bytes;

use crate::api::{Call, check_digest, check_length, header, location, with_parameter};
use crate::client::Client;
use crate::content::{Algorithm, content};
use crate::run::Run;
use crate::upload::{Outcome, Way, begin, check_created, uploads_of};

/// How long blobs are that are pushed in one piece.
const SHORT: usize = 512;

/// The ways of pushing, by the names that the specification's suite has for them.
const WAYS: [(&str, Way); 8] = [
    ("post only", Way::Post),
    ("post+put", Way::PostPut),
    ("chunked single", Way::chunks(1, false)),
    ("stream", Way::Stream),
    ("chunked multi", Way::chunks(3, false)),
    ("chunked multi and put chunk", Way::chunks(3, true)),
    ("chunked out-of-order", Way::Chunks { count: 3, last_by_put: false, out_of_order: true }),
    ("chunked out-of-order and put chunk", Way::Chunks { count: 3, last_by_put: true, out_of_order: true }),
];

/// The ways that a wrong digest is tried with.
const WRONG: [(&str, Way); 5] = [
    ("bad digest post only", Way::Post),
    ("bad digest post+put", Way::PostPut),
    ("bad digest chunked", Way::chunks(3, false)),
    ("bad digest chunked and put chunk", Way::chunks(3, true)),
    ("bad digest stream", Way::Stream),
];

/// Blobs with digests of SHA-256.
pub async fn blobs_sha256(client: &impl Client) {
    blobs(Run::new(client, "blobs_sha256"), Algorithm::Sha256).await;
}

/// Blobs with digests of SHA-512.
pub async fn blobs_sha512(client: &impl Client) {
    blobs(Run::new(client, "blobs_sha512"), Algorithm::Sha512).await;
}

async fn blobs<C: Client>(run: Run<'_, C>, algorithm: Algorithm) {
    let blobs = Blobs { run: &run, algorithm };
    blobs.missing().await;
    for (test, way) in WAYS {
        blobs.push(test, way).await;
    }
    blobs.mount("mount", Some("mount/source")).await;
    blobs.mount("mount anonymous", None).await;
    blobs.mount_missing().await;
    blobs.cancel().await;
    blobs.ranges().await;
    blobs.small("empty", "").await;
    blobs.small("emptyJSON", "{}").await;
    for (test, way) in WRONG {
        blobs.wrong_digest(test, way).await;
    }
    blobs.sha_announced().await;
    run.check_list();
}

fn blob(name: &str, digest: &str) -> String {
    format!("/v2/{name}/blobs/{digest}")
}

struct Blobs<'a, C> {
    run: &'a Run<'a, C>,
    algorithm: Algorithm,
}

impl<C: Client> Blobs<'_, C> {
    /// Content that no other test of this algorithm has, and its digest.
    fn content(&self, test: &str, length: usize) -> (Bytes, String) {
        let content = content(&format!("{test} {}", self.algorithm), length);
        let digest = self.algorithm.digest(&content);
        (content, digest)
    }

    /// Three chunks, of which the last is shorter.
    fn long(&self) -> usize {
        self.run.client.chunk() * 3 - 5
    }

    async fn missing(&self) {
        let client = self.run.client;
        let (_, digest) = self.content("missing", SHORT);
        let uri = blob("missing", &digest);
        self.run.check("get-missing", Call::get(&uri).expect_error(client, 404, "BLOB_UNKNOWN")).await;
        self.run.check("head-missing", Call::head(&uri).expect(client, &[404])).await;
        self.run.check("delete-missing", Call::delete(&uri).expect_error(client, 404, "BLOB_UNKNOWN")).await;
    }

    /// Looks at a blob and reads it.
    async fn read(&self, test: &str, name: &str, digest: &str, content: &Bytes) {
        let look = async {
            let response = Call::head(blob(name, digest)).expect(self.run.client, &[200]).await;
            check_digest(&response, digest);
            check_length(&response, content.len());
        };
        self.run.check(format!("{test}/blob-head"), look).await;
        let read = async {
            let response = Call::get(blob(name, digest)).expect(self.run.client, &[200]).await;
            check_digest(&response, digest);
            check_length(&response, content.len());
            assert_eq!(response.body(), content);
        };
        self.run.check(format!("{test}/blob-get"), read).await;
    }

    async fn delete(&self, test: &str, name: &str, digest: &str, status: u16) {
        let uri = blob(name, digest);
        let delete = async { Call::delete(&uri).expect(self.run.client, &[status]).await };
        self.run.check(format!("{test}/blob-delete"), delete).await;
        let look = Call::head(&uri).expect(self.run.client, &[404]);
        self.run.check(format!("{test}/blob-delete at once"), look).await;
    }

    async fn push(&self, test: &str, way: Way) {
        let length = match way {
            // What is refused before it is read must be short, or a client may not see the response.
            Way::Chunks { out_of_order: true, .. } => 3 * 1024 - 5,
            Way::Chunks { count: 3, .. } => self.long(),
            _ => SHORT,
        };
        let (content, digest) = self.content(test, length);
        let push = way.push(self.run.client, "blobs", &digest, &content, Outcome::Created);
        self.run.check(format!("{test}/{}", way.case()), push).await;
        self.read(test, "blobs", &digest, &content).await;
        self.delete(test, "blobs", &digest, 202).await;
    }

    async fn mount(&self, test: &str, from: Option<&str>) {
        let source = from.unwrap_or("anywhere/source");
        let (content, digest) = self.content(test, SHORT);
        let push = Way::PostPut.push(self.run.client, source, &digest, &content, Outcome::Created);
        self.run.check(format!("{test}/blob-post-put"), push).await;
        let mount = async {
            let mut uri = with_parameter(&uploads_of("mount/to"), "mount", &digest);
            if let Some(from) = from {
                uri = with_parameter(&uri, "from", from);
            }
            let response = Call::new("POST", uri).body("").expect(self.run.client, &[201]).await;
            check_created(self.run.client, &response, &digest, &content).await;
        };
        let case = if from.is_some() { "blob-mount" } else { "blob-mount-anonymous" };
        self.run.check(format!("{test}/{case}"), mount).await;
        self.read(test, "mount/to", &digest, &content).await;
        self.delete(test, "mount/to", &digest, 202).await;
        self.delete(test, source, &digest, 202).await;
    }

    /// A mount of what is not there begins an upload.
    async fn mount_missing(&self) {
        let (content, digest) = self.content("mount missing", SHORT);
        let mount = async {
            let uri = with_parameter(&uploads_of("missing/to"), "mount", &digest);
            let call = Call::new("POST", with_parameter(&uri, "from", "missing/source")).body("");
            let response = call.expect(self.run.client, &[202]).await;
            let place = with_parameter(&location(&response), "digest", &digest);
            let response = Call::new("PUT", place).body(content.clone()).expect(self.run.client, &[201]).await;
            check_created(self.run.client, &response, &digest, &content).await;
        };
        self.run.check("mount missing/blob-mount", mount).await;
        self.read("mount missing", "missing/to", &digest, &content).await;
        self.delete("mount missing", "missing/to", &digest, 202).await;
    }

    async fn cancel(&self) {
        let (_, digest) = self.content("post cancel", SHORT);
        let cancel = async {
            let place = begin(self.run.client, "cancelled").await;
            Call::delete(&place).body("").expect(self.run.client, &[204]).await;
            Call::get(&place).expect_error(self.run.client, 404, "BLOB_UPLOAD_UNKNOWN").await;
        };
        self.run.check("post cancel/blob-post-cancel", cancel).await;
        self.delete("post cancel", "cancelled", &digest, 404).await;
    }

    async fn ranges(&self) {
        const LENGTH: usize = 2048;
        let (client, test) = (self.run.client, "range requests");
        let (content, digest) = self.content(test, LENGTH);
        let push = Way::PostPut.push(client, "ranges", &digest, &content, Outcome::Created);
        self.run.check(format!("{test}/blob-post-put"), push).await;
        let call = |range: &str| Call::get(blob("ranges", &digest)).header("range", format!("bytes={range}"));
        for (range, first, last) in
            [("500-1499", 500, 1499), ("500-", 500, 2047), ("-500", 1548, 2047), ("2000-5000", 2000, 2047)]
        {
            let read = async {
                let response = call(range).expect(client, &[206]).await;
                assert_eq!(header(&response, "content-range"), format!("bytes {first}-{last}/{LENGTH}"));
                check_length(&response, last - first + 1);
                assert_eq!(response.body(), &content.slice(first..=last));
            };
            self.run.check(format!("{test}/range {range}"), read).await;
        }
        for range in ["500-0", "5000-10000"] {
            let read = async {
                let response = call(range).expect(client, &[416]).await;
                assert_eq!(header(&response, "content-range"), format!("bytes */{LENGTH}"));
            };
            self.run.check(format!("{test}/range {range}"), read).await;
        }
        self.delete(test, "ranges", &digest, 202).await;
    }

    async fn small(&self, test: &str, text: &'static str) {
        let content = Bytes::from_static(text.as_bytes());
        let digest = self.algorithm.digest(&content);
        for way in [Way::PostPut, Way::Post, Way::Stream] {
            let push = way.push(self.run.client, "small", &digest, &content, Outcome::Created);
            self.run.check(format!("{test}/{}", way.case()), push).await;
            if way == Way::PostPut {
                self.read(test, "small", &digest, &content).await;
            }
            self.delete(test, "small", &digest, 202).await;
        }
    }

    async fn wrong_digest(&self, test: &str, way: Way) {
        let (content, digest) = self.content(test, self.long());
        let changed = Bytes::from([content.as_ref(), b"oh no"].concat());
        let push = async {
            way.push(self.run.client, "wrong", &digest, &changed, Outcome::Refused).await;
            Call::head(blob("wrong", &digest)).expect(self.run.client, &[404]).await;
        };
        self.run.check(format!("{test}/{}", way.case()), push).await;
    }

    /// The algorithm of the digest is said when an upload begins.
    async fn sha_announced(&self) {
        let (content, digest) = self.content("announced", SHORT);
        let push = async {
            let uri = with_parameter(&uploads_of("announced"), "digest-algorithm", &self.algorithm.to_string());
            let response = Call::new("POST", uri).body("").expect(self.run.client, &[202]).await;
            let call = Call::new("PATCH", location(&response)).body(content.clone());
            let response = call.expect(self.run.client, &[202]).await;
            let place = with_parameter(&location(&response), "digest", &digest);
            let response = Call::new("PUT", place).body("").expect(self.run.client, &[201]).await;
            check_created(self.run.client, &response, &digest, &content).await;
        };
        self.run.check("digest-algorithm", push).await;
    }
}
