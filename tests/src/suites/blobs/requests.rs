//! How many requests each operation takes, and over how many connections.

use ossicle::UrlMethod;

use crate::blobs::{HOUR, PART, content};
use crate::{BlobDriver, BlobWriter as _, Ground};

/// The requests since the last time.
fn taken(ground: &Ground) -> u64 {
    ground.take_counts().into_iter().map(|(_, count)| count).sum()
}

/// The table of promises, row by row. P1: few connections do.
pub async fn of_each_operation(blobs: &impl BlobDriver, ground: &Ground) {
    blobs.check().await.unwrap();
    taken(ground);
    blobs.put("/d/f", "x").await.unwrap();
    assert_eq!(taken(ground), 1, "put");
    blobs.get("/d/f").await.unwrap();
    assert_eq!(taken(ground), 1, "get");
    for (offset, requests) in [(0, 1), (1, 2), (5, 2)] {
        blobs.read_all("/d/f", offset).await.unwrap();
        assert_eq!(taken(ground), requests, "read from {offset}");
    }
    blobs.stat("/d/f").await.unwrap();
    assert_eq!(taken(ground), 1, "stat of a file");
    blobs.stat("/d").await.unwrap();
    assert_eq!(taken(ground), 2, "stat of a directory");
    blobs.stat("/nothing").await.unwrap_err();
    assert_eq!(taken(ground), 2, "stat of nothing");
    blobs.list("/d").await.unwrap();
    assert_eq!(taken(ground), 1, "list");
    blobs.walk("/d", None).await.unwrap();
    assert_eq!(taken(ground), 1, "walk");
    blobs.url("/d/f", UrlMethod::Get, None).await.unwrap();
    assert_eq!(taken(ground), 0, "url");
    let part = PART as usize;
    for (length, parts) in [(0, None), (1, None), (part, None), (part + 1, Some(2)), (5 * part, Some(5))] {
        blobs.write("/s", 0, &content(1, length)[..], None).await.unwrap();
        assert_eq!(taken(ground), parts.map_or(1, |parts| parts + 2), "a stream of {length}");
        let mut writer = blobs.writer("/w", false, None).await.unwrap();
        writer.write(&content(1, length)[..]).await.unwrap();
        writer.commit().await.unwrap();
        writer.close().await.unwrap();
        assert_eq!(taken(ground), parts.unwrap_or(1) + 2, "a writer of {length}");
    }
    blobs.rename("/d/f", "/d/g").await.unwrap();
    assert_eq!(taken(ground), 3, "move");
    blobs.uploads("/", HOUR).await.unwrap();
    assert_eq!(taken(ground), 1, "uploads");
    blobs.delete("/d/g").await.unwrap();
    assert_eq!(taken(ground), 4, "delete of a file");
    if let Some(metrics) = blobs.metrics() {
        assert!(metrics.connections <= 8, "{metrics:?}");
    }
}
