//! The storage driver in memory, where it must be as strict as OSS is.

mod common;

use bytes::Bytes;
use common::World;
use ossicle_registry::memory::run;
use ossicle_registry::ports::{Guard, OssTime, Storage, StorageErrorKind, Window};

#[test]
fn write_is_taken_within_its_window_alone() {
    let driver = World::new().driver;
    let now = driver.oss_time().0;
    let put = |start: u64, end: u64| {
        let guard = Guard::within(Window { start: OssTime(start), end: OssTime(end) });
        run(driver.put("/file", Bytes::from_static(b"x"), guard)).map(drop).map_err(|error| error.kind)
    };
    assert_eq!(put(now - 100, now + 1), Ok(()));
    assert_eq!(put(now - 100, now), Ok(()), "in its last second");
    assert_eq!(put(now - 100, now - 1), Err(StorageErrorKind::TooLate));
    assert_eq!(put(now + 15 * 60, now + 16 * 60), Ok(()), "a signature may be of a time up to 15 minutes ahead");
    assert_eq!(put(now + 15 * 60 + 1, now + 16 * 60), Err(StorageErrorKind::Denied));
    for (start, end) in [(now, now), (now, now - 1), (now - 8 * 24 * 3600, now + 1)] {
        assert_eq!(put(start, end), Err(StorageErrorKind::Other), "a window is a second to a week");
    }
}

#[test]
fn deletion_of_several_files_tells_which_are_left() {
    let driver = World::new().driver;
    for path in ["/a", "/b", "/c"] {
        driver.plant(path, "x");
    }
    driver.set_undeletable(|path| path == "/b");
    let paths = ["/a", "/b", "/c"].map(str::to_owned);
    let failed = run(driver.delete(&paths, None)).unwrap();
    assert_eq!(failed.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/b"]);
    assert_eq!(driver.paths(), ["/b"]);
}
