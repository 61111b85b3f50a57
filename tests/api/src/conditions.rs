//! Conditional changes, and changes under leases.

use futures_util::future::join_all;

use crate::asked::{Asked, delete, get, put};
use crate::locks::acquire;
use crate::site::Site;

const BOTH: [&str; 2] = ["/v1/certificates/a", "/v1/blobs/a"];

pub async fn change_needs_what_its_conditions_name<S: Site>(site: &S) {
    for path in BOTH {
        let refused = async |asked: Asked| {
            assert_eq!(asked.clone().send(site).await.expect(412).problem(), "precondition-failed", "{asked:?}");
        };
        refused(put(path, "0").header("if-match", "*")).await;
        let made = put(path, "1").header("if-none-match", "*").send(site).await.expect(200);
        refused(put(path, "2").header("if-none-match", "*")).await;
        let etag = made.header("etag");
        let changed = put(path, "3").header("if-match", etag).send(site).await.expect(200);
        refused(put(path, "4").header("if-match", etag)).await;
        refused(put(path, "5").header("if-unmodified-since", "Thu, 01 Jan 2015 00:00:00 GMT")).await;
        refused(delete(path).header("if-match", etag)).await;
        assert_eq!(get(path).send(site).await.expect(200).body(), b"3");
        delete(path).header("if-match", changed.header("etag")).send(site).await.expect(200);
        assert_eq!(get(path).send(site).await.expect(404).problem(), "not-found");
        assert_eq!(put(path, "6").header("if-match", "a").send(site).await.expect(400).problem(), "invalid-request");
    }
}

/// Each adds one, as often as it takes, to what it has read.
async fn count<S: Site>(site: &S, path: &str, times: usize) {
    for _ in 0..times {
        loop {
            let read = get(path).send(site).await.expect(200);
            let number: u64 = std::str::from_utf8(read.body()).expect("text").parse().expect("a number");
            let changed = put(path, (number + 1).to_string()).header("if-match", read.header("etag")).send(site).await;
            match changed.status {
                200 => break,
                // Another one was faster, or is about to be.
                412 => {}
                409 | 503 if changed.problem() == "change-under-way" => {}
                _ => panic!("{changed:?}"),
            }
        }
    }
}

pub async fn of_changes_at_once_none_is_lost<S: Site>(site: &S) {
    for path in BOTH {
        put(path, "0").send(site).await.expect(200);
        join_all((0..3).map(|_| count(site, path, 4))).await;
        assert_eq!(get(path).send(site).await.expect(200).body(), b"12", "{path}: a change was lost");
    }
}

pub async fn change_under_a_lease_needs_it<S: Site>(site: &S) {
    for path in BOTH {
        let lease = acquire(site, "site").await;
        let under = |asked: Asked| asked.header("ossicle-lease", lease["lease"].as_str().expect("a lease"));
        for asked in [
            put(path, "1"),
            put(path, "2").header("if-match", "*"),
            delete(path),
            put(path, "3").header("if-none-match", "*"),
        ] {
            under(asked).send(site).await.expect(200);
        }
        under(delete("/v1/locks/site/lease")).send(site).await.expect(200);
        for (lease, problem) in [("bm9uZQ", "lease-lost"), ("no lease", "invalid-request"), ("", "invalid-request")] {
            for asked in [put(path, "5"), delete(path)] {
                assert_eq!(asked.header("ossicle-lease", lease).send(site).await.problem(), problem, "{lease}");
            }
        }
        assert_eq!(get(path).send(site).await.expect(200).body(), b"3");
    }
}
