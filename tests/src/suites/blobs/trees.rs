//! Upstream's tests 1, 23 to 28 and 30 to 33, and its walks: directories.

use crate::blobs::{assert_not_found, content, paths};
use crate::{BlobDriver, Ground};

async fn put(blobs: &impl BlobDriver, files: &[&str]) {
    for path in files {
        blobs.put(path, content(1, 32)).await.unwrap();
    }
}

/// 1, TestRootExists.
pub async fn root_exists(blobs: &impl BlobDriver, _: &Ground) {
    assert_eq!(blobs.list("/").await.unwrap(), [""; 0]);
    assert_eq!(blobs.walk("/", None).await.unwrap(), []);
    let root = blobs.stat("/").await.unwrap();
    assert_eq!((root.path.as_str(), root.size, root.is_dir), ("/", 0, true));
}

/// 23, TestList.
pub async fn list(blobs: &impl BlobDriver, _: &Ground) {
    assert_not_found(blobs.list("/root/nonexistent").await, "/root/nonexistent");
    let mut files: Vec<String> = (0..50).map(|number| format!("/root/parent/{number}")).collect();
    for file in &files {
        blobs.put(file, content(1, 32)).await.unwrap();
    }
    files.sort();
    assert_eq!(blobs.list("/").await.unwrap(), ["/root"]);
    assert_eq!(blobs.list("/root").await.unwrap(), ["/root/parent"]);
    assert_eq!(blobs.list("/root/parent").await.unwrap(), files);
    assert_not_found(blobs.list("/root/parent/1").await, "/root/parent/1");
}

/// 24 to 26, TestMove, TestMoveOverwrite and TestMoveNonexistent.
pub async fn moving(blobs: &impl BlobDriver, _: &Ground) {
    blobs.put("/from/here", content(1, 32)).await.unwrap();
    blobs.rename("/from/here", "/to/there").await.unwrap();
    assert_eq!(blobs.get("/to/there").await.unwrap(), content(1, 32));
    assert_not_found(blobs.get("/from/here").await, "/from/here");

    blobs.put("/from/here", content(2, 64)).await.unwrap();
    blobs.rename("/to/there", "/from/here").await.unwrap();
    assert_eq!(blobs.get("/from/here").await.unwrap(), content(1, 32));
    assert_not_found(blobs.get("/to/there").await, "/to/there");

    assert_not_found(blobs.rename("/no/such", "/from/here").await, "/no/such");
    assert_eq!(blobs.get("/from/here").await.unwrap(), content(1, 32));
}

/// 27, TestMoveInvalid.
pub async fn move_invalid(blobs: &impl BlobDriver, _: &Ground) {
    blobs.put("/notadir", "x").await.unwrap();
    assert!(blobs.rename("/notadir/foo", "/notadir/bar").await.is_err());
    assert_not_found(blobs.rename("/notadir/foo", "/notadir/bar").await, "/notadir/foo");
}

/// 28, 30 and 31, TestDelete, TestDeleteNonexistent and TestDeleteFolder.
pub async fn deleting(blobs: &impl BlobDriver, _: &Ground) {
    assert_not_found(blobs.delete("/directory").await, "/directory");
    put(blobs, &["/directory/a", "/directory/b", "/directory/c/d"]).await;
    blobs.delete("/directory/a").await.unwrap();
    assert_not_found(blobs.get("/directory/a").await, "/directory/a");
    assert_not_found(blobs.delete("/directory/a").await, "/directory/a");
    for path in ["/directory/b", "/directory/c/d"] {
        assert_eq!(blobs.get(path).await.unwrap(), content(1, 32));
    }
    blobs.delete("/directory").await.unwrap();
    for path in ["/directory/a", "/directory/b", "/directory/c/d"] {
        assert_not_found(blobs.get(path).await, path);
    }
}

/// 32, TestDeleteOnlyDeletesSubpaths, with the dangerous siblings as well: X1, V2 and V3.
pub async fn delete_only_subpaths(blobs: &impl BlobDriver, ground: &Ground) {
    for sibling in ["suffix", "-", ".", "-b/c", ".x", "0", "_", "-/x"] {
        let file = format!("/d/f{sibling}");
        put(blobs, &["/d/f", "/d/d/f", &file, &format!("/d/d{sibling}/f")]).await;
        blobs.delete("/d/f").await.unwrap();
        blobs.delete("/d/d").await.unwrap();
        let mut left = [format!("d/d{sibling}/f"), format!("d/f{sibling}")];
        left.sort();
        assert_eq!(ground.keys_below(""), left, "{sibling}");
        // V3: where only the sibling is, there is nothing.
        assert_not_found(blobs.delete("/d/f").await, "/d/f");
        assert_not_found(blobs.delete("/d/d").await, "/d/d");
        // S1: nor is a sibling looked at.
        assert_not_found(blobs.stat("/d/f").await, "/d/f");
        assert_not_found(blobs.list("/d/d").await, "/d/d");
        assert_eq!(ground.keys_below(""), left, "{sibling}");
        blobs.delete("/d").await.unwrap();
    }
}

/// 33, TestStatCall.
pub async fn stat(blobs: &impl BlobDriver, ground: &Ground) {
    assert_not_found(blobs.stat("/dir").await, "/dir");
    assert_not_found(blobs.stat("/dir/file").await, "/dir/file");
    blobs.put("/dir/file", content(1, 4096)).await.unwrap();
    let first = blobs.stat("/dir/file").await.unwrap();
    assert_eq!((first.path.as_str(), first.size, first.is_dir), ("/dir/file", 4096, false));
    ground.advance_clock(10);
    blobs.put("/dir/file", content(2, 4096)).await.unwrap();
    let second = blobs.stat("/dir/file").await.unwrap();
    assert!(second.modified > first.modified, "{second:?}");
    let directory = blobs.stat("/dir").await.unwrap();
    assert_eq!((directory.path.as_str(), directory.size, directory.is_dir), ("/dir", 0, true));
    assert!(blobs.stat("/").await.unwrap().is_dir);
}

/// More than 1000 children: listed, walked over and deleted in full.
pub async fn many_children(blobs: &impl BlobDriver, ground: &Ground) {
    let files: Vec<String> = (0..2005).map(|number| format!("/many/{number:04}")).collect();
    for file in &files {
        ground.plant(file, b"x");
    }
    ground.plant("/many-more", b"x");
    assert_eq!(blobs.list("/many").await.unwrap(), files);
    assert_eq!(paths(&blobs.walk("/many", None).await.unwrap()), files);
    assert_eq!(paths(&blobs.walk("/many", Some("/many/1999")).await.unwrap()), files[2000..]);
    blobs.delete("/many").await.unwrap();
    assert_eq!(ground.keys_below(""), ["many-more"]);
}

/// The walks of upstream's later drivers: what comes, in which order, and how they are gone on with. V17.
pub async fn walking(blobs: &impl BlobDriver, ground: &Ground) {
    put(blobs, &["/f1", "/folder/f1", "/folder/sub/f1", "/folder-suffix/f", "/folder.x", "/folder1/f1", "/f"]).await;
    ground.take_counts();
    let all = blobs.walk("/", None).await.unwrap();
    assert_eq!(ground.requests(), 1, "a walk is one listing");
    assert_eq!(
        paths(&all),
        [
            "/f",
            "/f1",
            "/folder",
            "/folder/f1",
            "/folder/sub",
            "/folder/sub/f1",
            "/folder-suffix",
            "/folder-suffix/f",
            "/folder.x",
            "/folder1",
            "/folder1/f1",
        ]
    );
    for entry in &all {
        let looked = blobs.stat(&entry.path).await.unwrap();
        assert_eq!((looked.size, looked.is_dir), (entry.size, entry.is_dir), "{}", entry.path);
    }
    assert_eq!(paths(&blobs.walk("/folder", None).await.unwrap()), ["/folder/f1", "/folder/sub", "/folder/sub/f1"]);
    for (number, entry) in all.iter().enumerate() {
        let rest = blobs.walk("/", Some(&entry.path)).await.unwrap();
        assert_eq!(paths(&rest), paths(&all[number + 1..]), "after {}", entry.path);
    }
    // 6.2: any string is a lower bound.
    for (after, number) in [("a~b", all.len()), ("/", 0), ("/folder-", 6), ("/folder/~", 6), ("/folder0", 9)] {
        let rest = blobs.walk("/", Some(after)).await.unwrap();
        assert_eq!(paths(&rest), paths(&all[number..]), "after {after:?}");
    }
    assert_not_found(blobs.walk("/no/such", None).await, "/no/such");
}
