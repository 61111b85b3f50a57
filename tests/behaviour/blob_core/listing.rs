//! `stat`, `list` and `walk`.

use ossicle_guest::error::ErrorKind;

use crate::world::{World, kind};

async fn walked(world: &World, path: &str, start_after: Option<&str>) -> Vec<String> {
    let mut walk = world.driver.walk(path, start_after).await.unwrap();
    let mut all = Vec::new();
    while let Some(page) = walk.page().await.unwrap() {
        all.extend(page.into_iter().map(|info| if info.is_dir { info.path + "/" } else { info.path }));
    }
    all
}

#[tokio::test]
async fn s1_a_prefix_is_no_directory() {
    let world = World::new().await;
    for path in ["/ab", "/a-b/c", "/a.b", "/asuffix/f"] {
        world.put_raw(path, b"x");
    }
    assert_eq!(kind(world.driver.stat("/a").await), ErrorKind::NotFound);
    assert_eq!(kind(world.driver.list("/a").await), ErrorKind::NotFound);
    assert_eq!(kind(world.driver.walk("/a", None).await), ErrorKind::NotFound);
    world.put_raw("/a/b", b"1234");
    let directory = world.driver.stat("/a").await.unwrap();
    assert_eq!((directory.path.as_str(), directory.size, directory.is_dir), ("/a", 0, true));
    let file = world.driver.stat("/a/b").await.unwrap();
    assert_eq!((file.path.as_str(), file.size, file.is_dir), ("/a/b", 4, false));
    assert!(file.modified > 0);
    world.ground.advance_clock(10);
    world.put_raw("/a/b", b"5678");
    assert!(world.driver.stat("/a/b").await.unwrap().modified > file.modified);
    assert!(world.driver.stat("/").await.unwrap().is_dir);
}

#[tokio::test]
async fn l1_l2_l3_listings_hold_paths_alone() {
    let world = World::new().await;
    assert_eq!(world.driver.list("/").await.unwrap().paths, [""; 0]);
    assert_eq!(kind(world.driver.list("/nonexistent").await), ErrorKind::NotFound);
    for path in [
        "/d/",
        "/d/f",
        "/d/a b",
        "/d/a+b",
        "/d/x:y/z",
        "/d/e/",
        "/d//g",
        "/d/sub/one",
        "/d/sub/two",
        "/d/h~/i",
        "/dsuffix",
    ] {
        world.put_raw(path, b"x");
    }
    assert_eq!(world.driver.list("/d").await.unwrap().paths, ["/d/e", "/d/f", "/d/sub"]);
    assert_eq!(world.driver.list("/").await.unwrap().paths, ["/d", "/dsuffix"]);
    // 4.11: `a b`, `a+b`, `x:y/`, `h~/` and the empty name before `g`; but neither placeholders nor what uploads keep.
    assert_eq!(world.driver.list("/d").await.unwrap().left_out, 5);
    world.put_raw("/~ossicle/some-id", b"x");
    assert_eq!(world.driver.list("/").await.unwrap().left_out, 0);
    assert_eq!(kind(world.driver.list("/d/f").await), ErrorKind::NotFound, "a file has nothing below it");
    // A placeholder is an empty directory, and so is what has nothing below it but objects that no path names.
    assert_eq!(world.driver.list("/d/e").await.unwrap().paths, [""; 0]);
    assert!(world.driver.stat("/d/e").await.unwrap().is_dir);
    world.put_raw("/only/a b", b"x");
    assert_eq!(world.driver.list("/only").await.unwrap().paths, [""; 0]);
    assert_eq!(walked(&world, "/d", None).await, ["/d/e/", "/d/f", "/d/sub/", "/d/sub/one", "/d/sub/two"]);
    // Everything that is listed can be asked for.
    for path in world.driver.list("/d").await.unwrap().paths {
        world.driver.stat(&path).await.unwrap();
    }
}

#[tokio::test]
async fn more_than_a_thousand_children() {
    let world = World::new().await;
    let mut expected: Vec<String> = (0..2500).map(|n| format!("/d/{n:04}")).collect();
    expected.iter().for_each(|path| world.put_raw(path, b""));
    (0..3).for_each(|n| world.put_raw(&format!("/d/sub{n}/f"), b""));
    expected.extend((0..3).map(|n| format!("/d/sub{n}")));
    world.ground.take_counts();
    assert_eq!(world.driver.list("/d").await.unwrap().paths, expected);
    assert_eq!(world.ground.take_counts(), [("ListObjectsV2".to_owned(), 3)]);
    assert_eq!(walked(&world, "/d", None).await.len(), 2506);
    assert_eq!(world.ground.take_counts(), [("ListObjectsV2".to_owned(), 3)], "v17: one flat listing");
}

#[tokio::test]
async fn a_walk_goes_in_upstreams_order_from_wherever() {
    let world = World::new().await;
    for path in [
        "/file1",
        "/folder1-suffix/file1",
        "/folder1/file1",
        "/folder2/file1",
        "/folder3/sub1/sub1/file1",
        "/folder3/sub2/file1",
        "/folder4/file1",
    ] {
        world.put_raw(path, b"x");
    }
    let all = [
        "/file1",
        "/folder1/",
        "/folder1/file1",
        "/folder1-suffix/",
        "/folder1-suffix/file1",
        "/folder2/",
        "/folder2/file1",
        "/folder3/",
        "/folder3/sub1/",
        "/folder3/sub1/sub1/",
        "/folder3/sub1/sub1/file1",
        "/folder3/sub2/",
        "/folder3/sub2/file1",
        "/folder4/",
        "/folder4/file1",
    ];
    assert_eq!(walked(&world, "/", None).await, all);
    // From each entry on the walk is what the whole one was behind it.
    for (number, entry) in all.iter().enumerate() {
        let after = entry.trim_end_matches('/');
        assert_eq!(walked(&world, "/", Some(after)).await, all[number + 1..], "{after}");
    }
    assert_eq!(
        walked(&world, "/folder3", Some("/folder3/sub1/sub1/file1")).await,
        ["/folder3/sub2/", "/folder3/sub2/file1"]
    );
    assert_eq!(walked(&world, "/", Some("/folder9")).await, [""; 0]);
    assert_eq!(walked(&world, "/folder3", None).await, all[8..13]);
    // 6.2: a plain lower bound, any string.
    for (path, after, expected) in [
        ("/folder3", "/folder1/file1", &all[8..13]),
        ("/folder3", "/folder3", &all[8..13]),
        ("/folder3", "/folder4", &[]),
        ("/", "folder1", &[]),
        ("/", "/", &all[..]),
        ("/", "", &all[..]),
        ("/", "/folder1~x/", &all[5..]),
        ("/", "/folder1/~\u{7f}\0é", &all[3..]),
        ("/nothing", "/nothing", &[]),
        ("/", "/folder3/sub1/", &all[9..]),
    ] {
        assert_eq!(walked(&world, path, Some(after)).await, expected, "{path} {after:?}");
    }
    let long = ["/folder3/", &"é".repeat(100_000)].concat();
    assert_eq!(walked(&world, "/", Some(&long)).await, all[13..], "longer than any name");
}

/// 6.1: what a 2.8.3 registry asks for with `_catalog?n=2`, and the tags beside which there are others that begin the same.
#[tokio::test]
async fn a_walk_of_a_registry_is_paged_without_a_gap() {
    let world = World::new().await;
    let repositories = ["lib", "lib/one", "lib-x", "lib-x/two", "lib.y", "lib0", "z"];
    for repository in repositories {
        world.put_raw(&format!("/v2/{repository}/_manifests/tags/v1/link"), b"x");
        world.put_raw(&format!("/v2/{repository}/_manifests/tags/v1-rc/link"), b"x");
    }
    let mut seen = Vec::new();
    let mut last = None;
    loop {
        let entries = walked(&world, "/v2", last.as_deref()).await;
        let found = entries.iter().filter_map(|entry| entry.strip_suffix("/_manifests/")).take(2);
        let page: Vec<_> = found.map(str::to_owned).collect();
        let Some(end) = page.last() else { break };
        last = Some([end, "/_manifests"].concat());
        seen.extend(page);
    }
    assert_eq!(
        seen,
        ["lib", "lib/one", "lib-x", "lib-x/two", "lib.y", "lib0", "z"].map(|name| ["/v2/", name].concat())
    );
}

/// 8.1: names made of directories alone, as whoever may name objects can make them, come in pieces.
#[tokio::test]
async fn deep_names_come_in_pieces() {
    let world = World::new().await;
    for n in 0..20 {
        world.put_raw(&format!("/{n:04}/{}x", "a/".repeat(500)), b"");
    }
    let mut walk = world.driver.walk("/", None).await.unwrap();
    let (mut pieces, mut count) = (0, 0);
    while let Some(piece) = walk.page().await.unwrap() {
        assert!(piece.iter().map(|info| info.path.len()).sum::<usize>() <= (256 << 10) + 1023);
        (pieces, count) = (pieces + 1, count + piece.len());
    }
    assert_eq!(count, 20 * 502);
    assert!(pieces > 15, "{pieces}");
}

#[tokio::test]
async fn a_path_that_is_a_file_and_a_directory() {
    let world = World::new().await;
    for path in ["/a", "/a-", "/a/b"] {
        world.put_raw(path, b"x");
    }
    assert!(!world.driver.stat("/a").await.unwrap().is_dir);
    assert_eq!(world.driver.list("/").await.unwrap().paths, ["/a", "/a-"]);
    assert_eq!(world.driver.list("/a").await.unwrap().paths, ["/a/b"]);
    assert_eq!(walked(&world, "/", None).await, ["/a", "/a/", "/a/b", "/a-"]);
}
