//! Requests per operation, as the emulator counts them.

use crate::{CertStorage, Ground, KeyEntry};

/// Every operation, with the requests it may take.
pub async fn requests_per_operation(storage: &impl CertStorage, ground: &Ground) {
    let count = async |what: &str, expected: &[(&str, u64)]| {
        let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        assert_eq!(ground.take_counts(), expected, "{what}");
    };
    ground.take_counts();
    storage.store("d/file", b"x").await.unwrap();
    count("store", &[("PutObject", 1)]).await;
    storage.create("d/first", b"x").await.unwrap();
    count("the first create", &[("GetBucketVersioning", 1), ("PutObject", 1)]).await;
    storage.create("d/second", b"x").await.unwrap();
    count("another create", &[("PutObject", 1)]).await;
    for key in ["d/first", "d/second"] {
        storage.delete(key).await.unwrap();
    }
    ground.take_counts();
    storage.load("d/file").await.unwrap();
    count("load", &[("GetObject", 1)]).await;
    storage.load("missing").await.unwrap_err();
    count("load of nothing", &[("GetObject", 1)]).await;
    storage.exists("d/file").await.unwrap();
    count("exists of a file", &[("HeadObject", 1)]).await;
    storage.stat("d/file").await.unwrap();
    count("stat of a file", &[("HeadObject", 1)]).await;
    for key in ["d", "missing"] {
        storage.exists(key).await.unwrap();
        count("exists of a directory or nothing", &[("HeadObject", 1), ("ListObjectsV2", 1)]).await;
        drop(storage.stat(key).await);
        count("stat of a directory or nothing", &[("HeadObject", 1), ("ListObjectsV2", 1)]).await;
    }
    storage.list("d", true).await.unwrap();
    count("list", &[("ListObjectsV2", 1)]).await;
    let told = storage.entries("d", false).await.unwrap();
    count("list with sizes and times", &[("ListObjectsV2", 1)]).await;
    let info = storage.stat("d/file").await.unwrap();
    count("stat of what was listed", &[("HeadObject", 1)]).await;
    assert_eq!(told, [KeyEntry { key: info.key, value: Some((Some(info.size), info.modified)) }]);
    storage.list("missing", false).await.unwrap_err();
    count("list of nothing", &[("HeadObject", 1), ("ListObjectsV2", 1)]).await;
    storage.delete("d/file").await.unwrap();
    count("delete of a file", &[("DeleteObject", 1), ("ListObjectsV2", 1)]).await;
    for (keys, pages) in [(1, 1), (999, 1), (1000, 1), (1001, 2), (2000, 2), (2500, 3)] {
        for n in 0..keys {
            ground.put_raw(&format!("{}tree/{n:05}", ground.root()), b"x");
        }
        assert_eq!(storage.list("tree", true).await.unwrap().len(), keys);
        count("list of a tree", &[("ListObjectsV2", pages)]).await;
        assert_eq!(storage.list("tree", false).await.unwrap().len(), keys);
        count("list of a level", &[("ListObjectsV2", pages)]).await;
        storage.delete("tree").await.unwrap();
        // The directory's own name is one more to delete, and may be one too many for the last batch.
        let mut expected = vec![("DeleteMultipleObjects", pages), ("ListObjectsV2", pages)];
        if keys % 1000 == 0 {
            expected.insert(1, ("DeleteObject", 1));
        }
        count("delete of a tree", &expected).await;
        assert_eq!(ground.keys_below("tree"), [""; 0]);
    }
}
