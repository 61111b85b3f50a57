//! Blobs.

use bytes::Bytes;

use crate::api::{Call, header, location, with_parameter};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm, content};
use crate::upload::{Outcome, Way, begin, check_created, uploads};

/// The ways of pushing that a wrong digest is tried with.
const WAYS: [Way; 5] = [Way::Post, Way::PostPut, Way::chunks(3, false), Way::chunks(3, true), Way::Stream];

async fn check_and_delete(client: &impl Client, name: &str, digest: &str, content: &Bytes) {
    let uri = format!("/v2/{name}/blobs/{digest}");
    let head = Call::new("HEAD", &uri).expect(client, &[200]).await;
    assert_eq!(header(&head, "content-length"), content.len().to_string());
    let read = Call::new("GET", &uri).expect(client, &[200]).await;
    assert_eq!((header(&read, "docker-content-digest"), read.body()), (digest, content));
    Call::new("DELETE", &uri).expect(client, &[202]).await;
    Call::new("HEAD", &uri).expect(client, &[404]).await;
}

async fn push_each_way(client: &impl Client, seed: &str, length: usize, ways: &[Way]) {
    for algorithm in ALGORITHMS {
        for way in ways {
            let content = content(&format!("{seed} {algorithm}"), length);
            let digest = algorithm.digest(&content);
            way.push(client, "blobs", &digest, &content, Outcome::Created).await;
            check_and_delete(client, "blobs", &digest, &content).await;
        }
    }
}

/// `POST` with all of it.
pub async fn blob_is_pushed_by_post_alone(client: &impl Client) {
    push_each_way(client, "post", 512, &[Way::Post]).await;
}

/// `POST`, and `PUT` with all of it.
pub async fn blob_is_pushed_by_post_and_put(client: &impl Client) {
    push_each_way(client, "put", 512, &[Way::PostPut]).await;
}

/// `POST`, `PATCH` with all of it, and `PUT`.
pub async fn blob_is_pushed_in_one_chunk(client: &impl Client) {
    push_each_way(client, "chunk", 512, &[Way::chunks(1, false)]).await;
}

/// Three chunks by `PATCH`.
pub async fn blob_is_pushed_in_chunks(client: &impl Client) {
    push_each_way(client, "chunks", 3 * 1024 - 5, &[Way::chunks(3, false)]).await;
}

/// Two chunks by `PATCH`, and the last with the `PUT`.
pub async fn blob_is_pushed_in_chunks_and_a_last_one_by_put(client: &impl Client) {
    push_each_way(client, "last chunk", 3 * 1024 - 5, &[Way::chunks(3, true)]).await;
}

/// A chunk that is not the next one is 416, and `GET` says which one is.
pub async fn chunk_out_of_order_is_refused_and_recovered_from(client: &impl Client) {
    let way = Way::Chunks { count: 3, last_by_put: false, out_of_order: true };
    push_each_way(client, "out of order", 3 * 1024 - 5, &[way]).await;
}

/// The same with a last chunk that comes with the `PUT`.
pub async fn last_chunk_by_put_out_of_order_is_refused_and_recovered_from(client: &impl Client) {
    let way = Way::Chunks { count: 3, last_by_put: true, out_of_order: true };
    push_each_way(client, "last out of order", 3 * 1024 - 5, &[way]).await;
}

/// `PATCH` without a length.
pub async fn blob_is_pushed_as_a_stream(client: &impl Client) {
    push_each_way(client, "stream", 512, &[Way::Stream]).await;
}

/// `DELETE` ends an upload.
pub async fn upload_is_cancelled(client: &impl Client) {
    let place = begin(client, "cancelled").await;
    Call::new("DELETE", &place).body("").expect(client, &[204]).await;
    Call::new("GET", &place).expect(client, &[404]).await;
}

/// `POST` with `mount` and `from`.
pub async fn blob_is_mounted_from_a_repository(client: &impl Client) {
    for algorithm in ALGORITHMS {
        let content = content(&format!("mount {algorithm}"), 512);
        let digest = algorithm.digest(&content);
        Way::PostPut.push(client, "mount/source", &digest, &content, Outcome::Created).await;
        let uri = with_parameter(&with_parameter(&uploads("mount/to"), "mount", &digest), "from", "mount%2Fsource");
        let response = Call::new("POST", uri).body("").expect(client, &[201]).await;
        check_created(client, &response, &digest, &content).await;
        check_and_delete(client, "mount/to", &digest, &content).await;
        check_and_delete(client, "mount/source", &digest, &content).await;
    }
}

/// `POST` with `mount` alone.
pub async fn blob_is_mounted_without_a_source(client: &impl Client) {
    for algorithm in ALGORITHMS {
        let content = content(&format!("mount from anywhere {algorithm}"), 512);
        let digest = algorithm.digest(&content);
        Way::PostPut.push(client, "anywhere/source", &digest, &content, Outcome::Created).await;
        let uri = with_parameter(&uploads("anywhere/to"), "mount", &digest);
        let response = Call::new("POST", uri).body("").expect(client, &[201]).await;
        check_created(client, &response, &digest, &content).await;
        check_and_delete(client, "anywhere/to", &digest, &content).await;
        check_and_delete(client, "anywhere/source", &digest, &content).await;
    }
}

/// Without the blob a mount is an upload that has begun.
pub async fn missing_blob_is_not_mounted(client: &impl Client) {
    for algorithm in ALGORITHMS {
        let content = content(&format!("missing mount {algorithm}"), 512);
        let digest = algorithm.digest(&content);
        let uri = with_parameter(&with_parameter(&uploads("missing/to"), "mount", &digest), "from", "missing%2Fsource");
        let response = Call::new("POST", uri).body("").expect(client, &[202]).await;
        let place = with_parameter(&location(&response), "digest", &digest);
        let response = Call::new("PUT", place).body(content.clone()).expect(client, &[201]).await;
        check_created(client, &response, &digest, &content).await;
        check_and_delete(client, "missing/to", &digest, &content).await;
    }
}

/// Six ranges of 2048 bytes.
pub async fn ranges_of_a_blob_are_given(client: &impl Client) {
    for algorithm in ALGORITHMS {
        let content = content(&format!("ranges {algorithm}"), 2048);
        let digest = algorithm.digest(&content);
        Way::PostPut.push(client, "ranges", &digest, &content, Outcome::Created).await;
        let uri = format!("/v2/ranges/blobs/{digest}");
        for (range, first, last) in
            [("500-1499", 500, 1499), ("500-", 500, 2047), ("-500", 1548, 2047), ("2000-5000", 2000, 2047)]
        {
            let call = Call::new("GET", &uri).header("range", format!("bytes={range}"));
            let response = call.expect(client, &[206]).await;
            assert_eq!(header(&response, "content-range"), format!("bytes {first}-{last}/2048"));
            assert_eq!(header(&response, "content-length"), (last - first + 1).to_string());
            assert_eq!(response.body(), &content.slice(first..=last));
        }
        for range in ["500-0", "5000-10000"] {
            Call::new("GET", &uri).header("range", format!("bytes={range}")).expect(client, &[416]).await;
        }
        check_and_delete(client, "ranges", &digest, &content).await;
    }
}

/// Nothing, and `{}`.
pub async fn empty_blob_and_empty_document_are_blobs(client: &impl Client) {
    for algorithm in ALGORITHMS {
        for content in [Bytes::new(), Bytes::from_static(b"{}")] {
            let digest = algorithm.digest(&content);
            for way in [Way::Post, Way::PostPut, Way::Stream] {
                way.push(client, "small", &digest, &content, Outcome::Created).await;
                check_and_delete(client, "small", &digest, &content).await;
            }
        }
    }
}

/// Content that is not that of the digest is refused, and no blob afterwards.
pub async fn wrong_digest_is_refused_on_every_way(client: &impl Client) {
    for algorithm in ALGORITHMS {
        for way in WAYS {
            let content = content(&format!("wrong {algorithm} {way:?}"), 3 * 1024 - 5);
            let wrong = Algorithm::digest(algorithm, b"something else");
            way.push(client, "wrong", &wrong, &content, Outcome::Refused).await;
            Call::new("HEAD", format!("/v2/wrong/blobs/{wrong}")).expect(client, &[404]).await;
        }
    }
}
