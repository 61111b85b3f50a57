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
    assert_eq!(world.driver.list("/").await.unwrap(), [""; 0]);
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
    assert_eq!(world.driver.list("/d").await.unwrap(), ["/d/e", "/d/f", "/d/sub"]);
    assert_eq!(world.driver.list("/").await.unwrap(), ["/d", "/dsuffix"]);
    assert_eq!(kind(world.driver.list("/d/f").await), ErrorKind::NotFound, "a file has nothing below it");
    // A placeholder is an empty directory, and so is what has nothing below it but objects that no path names.
    assert_eq!(world.driver.list("/d/e").await.unwrap(), [""; 0]);
    assert!(world.driver.stat("/d/e").await.unwrap().is_dir);
    world.put_raw("/only/a b", b"x");
    assert_eq!(world.driver.list("/only").await.unwrap(), [""; 0]);
    assert_eq!(walked(&world, "/d", None).await, ["/d/e/", "/d/f", "/d/sub/", "/d/sub/one", "/d/sub/two"]);
    // Everything that is listed can be asked for.
    for path in world.driver.list("/d").await.unwrap() {
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
    assert_eq!(world.driver.list("/d").await.unwrap(), expected);
    assert_eq!(world.ground.take_counts(), [("ListObjectsV2".to_owned(), 3)]);
    assert_eq!(walked(&world, "/d", None).await.len(), 2506);
    assert_eq!(world.ground.take_counts(), [("ListObjectsV2".to_owned(), 3)], "v17: one flat listing");
}

#[tokio::test]
async fn a_walk_goes_in_the_order_of_names_from_wherever() {
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
        "/folder1-suffix/",
        "/folder1-suffix/file1",
        "/folder1/",
        "/folder1/file1",
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
    // From each entry on the walk is what the whole one was behind it; `/folder1-suffix` comes again after the directory
    // `/folder1`, which a path alone does not tell from a file.
    for entry in all {
        let after = entry.trim_end_matches('/');
        let expected: Vec<_> = all.into_iter().filter(|other| *other > after && *other != entry).collect();
        assert_eq!(walked(&world, "/", Some(after)).await, expected, "{after}");
    }
    assert_eq!(
        walked(&world, "/folder3", Some("/folder3/sub1/sub1/file1")).await,
        ["/folder3/sub2/", "/folder3/sub2/file1"]
    );
    assert_eq!(walked(&world, "/", Some("/folder9")).await, [""; 0]);
    assert_eq!(walked(&world, "/folder3", None).await, all[8..13]);
    assert_eq!(kind(world.driver.walk("/folder3", Some("/folder1/file1")).await), ErrorKind::Unsupported);
    assert_eq!(kind(world.driver.walk("/", Some("folder1")).await), ErrorKind::InvalidKey);
}

#[tokio::test]
async fn a_path_that_is_a_file_and_a_directory() {
    let world = World::new().await;
    for path in ["/a", "/a-", "/a/b"] {
        world.put_raw(path, b"x");
    }
    assert!(!world.driver.stat("/a").await.unwrap().is_dir);
    assert_eq!(world.driver.list("/").await.unwrap(), ["/a", "/a-"]);
    assert_eq!(world.driver.list("/a").await.unwrap(), ["/a/b"]);
    assert_eq!(walked(&world, "/", None).await, ["/a", "/a-", "/a/", "/a/b"]);
}
