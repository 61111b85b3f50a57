//! The core's storage port over the built component: what it promises, kept at each method.

use bytes::Bytes;
use futures_util::StreamExt;
use ossicle::Limits;
use ossicle_emulator::{Emulator, FaultAction, FaultRule, Operation};
use ossicle_service::Driver;
use ossicle_service::registry::ports::{
    ByteRange, ContentError, Depth, Guard, ListRequest, OssTime, Storage, StorageErrorKind, Upload, Window, Writer,
    WriterStart,
};

use crate::client::content;
use crate::world::{SMALL_PART, blobs, emulator};

async fn driver() -> (Emulator, Driver) {
    let emulator = emulator().await;
    let driver = Driver::new(blobs(&emulator, SMALL_PART, Limits::default()));
    (emulator, driver)
}

fn pieces(content: &Bytes) -> impl futures_util::Stream<Item = Result<Bytes, ContentError>> + Unpin + use<> {
    let pieces: Vec<_> = content.chunks(30_000).map(|piece| Ok(content.slice_ref(piece))).collect();
    futures_util::stream::iter(pieces)
}

/// A window that begins now and holds for a minute.
fn window(emulator: &Emulator) -> Window {
    let now = emulator.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Window { start: OssTime(now), end: OssTime(now + 60) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found_with_the_date_of_the_answer() {
    let (_emulator, driver) = driver().await;
    let load = driver.load("/none", ByteRange::Whole).await.unwrap_err();
    let tail = driver.load("/none", ByteRange::Last(100)).await.unwrap_err();
    let open = driver.open("/none", ByteRange::Whole).await.unwrap_err();
    let stat = driver.stat("/none").await.unwrap_err();
    for error in [load, tail, open, stat] {
        assert_eq!(error.kind, StorageErrorKind::NotFound, "{error}");
        assert!(error.date.is_some() && !error.undecided, "{error:?}");
    }
    let start = WriterStart::Resume { upload_id: "0123456789ABCDEF0123456789ABCDEF" };
    assert_eq!(driver.writer("/none", start).await.unwrap_err().kind, StorageErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_those_of_the_file() {
    let (_emulator, driver) = driver().await;
    let whole = content(1, 250_000);
    let written = driver.put("/a", whole.clone(), Guard::default()).await.unwrap();
    assert_eq!(written.size, 250_000);
    let ranges = [
        (ByteRange::Whole, 0..250_000),
        (ByteRange::Within { offset: 250_000, length: 1 }, 0..0),
        (ByteRange::Within { offset: 7, length: 9 }, 7..16),
        (ByteRange::Within { offset: 249_990, length: 100 }, 249_990..250_000),
        (ByteRange::Last(100), 249_900..250_000),
        (ByteRange::Last(1 << 40), 0..250_000),
    ];
    for (range, expected) in ranges {
        let expected = whole.slice(expected);
        let loaded = driver.load("/a", range).await.unwrap();
        assert_eq!((&loaded.content, loaded.info.size), (&expected, 250_000), "{range:?}");
        let mut opened = driver.open("/a", range).await.unwrap();
        assert_eq!((opened.length, opened.info.size), (expected.len() as u64, 250_000), "{range:?}");
        let mut read = Vec::new();
        while let Some(piece) = opened.content.next().await {
            read.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(read, expected, "{range:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn create_only_write_that_finds_a_file_says_so() {
    let (_emulator, driver) = driver().await;
    driver.put("/a", Bytes::from_static(b"first"), Guard::CREATE_ONLY).await.unwrap();
    let error = driver.put("/a", Bytes::from_static(b"second"), Guard::CREATE_ONLY).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Exists, "{error}");
    assert!(error.date.is_some());
    driver.put("/b", Bytes::from_static(b"other"), Guard::default()).await.unwrap();
    assert_eq!(driver.copy("/b", "/a", Guard::CREATE_ONLY).await.unwrap_err().kind, StorageErrorKind::Exists);
    let mut writer = driver.writer("/a", WriterStart::New { size_hint: None }).await.unwrap();
    writer.write(pieces(&content(1, 1000))).await.unwrap();
    assert_eq!(writer.commit(Guard::CREATE_ONLY).await.unwrap_err().kind, StorageErrorKind::Exists);
    writer.cancel().await.unwrap();
    let loaded = driver.load("/a", ByteRange::Whole).await.unwrap();
    assert_eq!(loaded.content, "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn append_is_taken_at_one_position_once() {
    let (emulator, driver) = driver().await;
    let window = window(&emulator);
    driver.append("/log", 0, Bytes::from_static(b"one"), window).await.unwrap();
    let lost = driver.append("/log", 0, Bytes::from_static(b"two"), window).await.unwrap_err();
    assert_eq!(lost.kind, StorageErrorKind::Conflict, "{lost}");
    driver.append("/log", 3, Bytes::from_static(b"two"), window).await.unwrap();
    assert_eq!(driver.load("/log", ByteRange::Last(100)).await.unwrap().content, "onetwo");
}

#[tokio::test(flavor = "multi_thread")]
async fn change_after_its_window_is_too_late() {
    let (emulator, driver) = driver().await;
    // The driver learns OSS's time.
    driver.put("/a", Bytes::from_static(b"there"), Guard::default()).await.unwrap();
    driver.put("/b", Bytes::from_static(b"there"), Guard::default()).await.unwrap();
    let Window { start, .. } = window(&emulator);
    let over = Window { start: OssTime(start.0 - 600), end: OssTime(start.0 - 540) };
    let put = driver.put("/a", Bytes::from_static(b"late"), Guard::within(over)).await.unwrap_err();
    let copy = driver.copy("/b", "/a", Guard::within(over)).await.unwrap_err();
    let append = driver.append("/log", 0, Bytes::from_static(b"late"), over).await.unwrap_err();
    let mut writer = driver.writer("/a", WriterStart::New { size_hint: None }).await.unwrap();
    writer.write(pieces(&content(1, 1000))).await.unwrap();
    let commit = writer.commit(Guard::within(over)).await.unwrap_err();
    for error in [put, copy, append, commit] {
        assert_eq!(error.kind, StorageErrorKind::TooLate, "{error}");
    }
    for paths in [vec!["/a".to_owned()], vec!["/a".to_owned(), "/b".to_owned()]] {
        match driver.delete(&paths, Some(over)).await {
            Err(error) => assert_eq!(error.kind, StorageErrorKind::TooLate, "{error}"),
            Ok(left) => {
                assert_eq!(left.len(), paths.len());
                assert!(left.iter().all(|(_, error)| error.kind == StorageErrorKind::TooLate), "{left:?}");
            }
        }
    }
    assert_eq!(driver.stat("/a").await.unwrap().size, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_deleted_by_one_request_whether_they_are_there_or_not() {
    let (emulator, driver) = driver().await;
    for path in ["/d/a", "/d/b", "/d/c/x"] {
        driver.put(path, Bytes::from_static(b"x"), Guard::default()).await.unwrap();
    }
    emulator.reset();
    let window = window(&emulator);
    let paths = ["/d/a", "/d/none", "/d/c"].map(str::to_owned);
    let left = driver.delete(&paths, Some(window)).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(emulator.stats().count(Operation::DeleteMultipleObjects), 1);
    driver.delete(&["/d/b".to_owned()], None).await.unwrap();
    assert_eq!(emulator.stats().count(Operation::DeleteObject), 1);
    assert_eq!(emulator.stats().total, 2);
    // A directory's content stays.
    assert_eq!(driver.stat("/d/c/x").await.unwrap().size, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_where_the_one_before_ended() {
    let (_emulator, driver) = driver().await;
    for path in ["/d/a", "/d/b/x", "/d/b/y", "/d/c"] {
        driver.put(path, Bytes::from_static(b"1234"), Guard::default()).await.unwrap();
    }
    for (depth, expected) in [
        (Depth::Children, vec![("/d/a", Some(4)), ("/d/b", None), ("/d/c", Some(4))]),
        (Depth::All, vec![("/d/a", Some(4)), ("/d/b/x", Some(4)), ("/d/b/y", Some(4)), ("/d/c", Some(4))]),
    ] {
        let (mut listed, mut next) = (Vec::new(), None::<String>);
        loop {
            let start_after = next.as_deref();
            let request = ListRequest { directory: "/d", depth, start_after, limit: 1 };
            let page = driver.list(request).await.unwrap();
            assert!(page.date.0 > 0 && page.entries.len() <= 1);
            listed.extend(page.entries.into_iter().map(|entry| (entry.path, entry.file.map(|(size, _)| size))));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        let listed: Vec<_> = listed.iter().map(|(path, size)| (path.as_str(), *size)).collect();
        assert_eq!(listed, expected);
    }
    let nothing = ListRequest { directory: "/none", depth: Depth::All, start_after: None, limit: 1000 };
    assert!(driver.list(nothing).await.unwrap().entries.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_goes_on_in_another_writer() {
    let (_emulator, driver) = driver().await;
    let whole = content(1, 350_001);
    let mut writer = driver.writer("/u/data", WriterStart::New { size_hint: None }).await.unwrap();
    writer.write(pieces(&whole.slice(..250_000))).await.unwrap();
    assert_eq!(writer.size(), 250_000);
    writer.close().await.unwrap();
    drop(writer);
    let upload_id = driver.uploads("/u", None).await.unwrap().uploads.remove(0).id;
    let mut writer = driver.writer("/u/data", WriterStart::Resume { upload_id: &upload_id }).await.unwrap();
    assert_eq!(writer.size(), 250_000);
    writer.write(pieces(&whole.slice(250_000..))).await.unwrap();
    writer.commit(Guard::default()).await.unwrap();
    let loaded = driver.load("/u/data", ByteRange::Whole).await.unwrap();
    assert_eq!(loaded.content, whole);

    let mut writer = driver.writer("/u/data", WriterStart::Extend).await.unwrap();
    assert_eq!(writer.size(), 350_001);
    writer.write(pieces(&whole.slice(..10))).await.unwrap();
    writer.commit(Guard::default()).await.unwrap();
    assert_eq!(driver.stat("/u/data").await.unwrap().size, 350_011);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_breaks_off_is_told_and_what_was_taken_counts() {
    let (_emulator, driver) = driver().await;
    let whole = content(1, 250_000);
    let mut writer = driver.writer("/u/data", WriterStart::New { size_hint: None }).await.unwrap();
    let broken = pieces(&whole.slice(..240_000)).chain(futures_util::stream::iter([Err(ContentError("gone".into()))]));
    let error = writer.write(broken).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::BrokenContent, "{error}");
    assert_eq!(writer.size(), 240_000);
    writer.write(pieces(&whole.slice(240_000..))).await.unwrap();
    writer.commit(Guard::default()).await.unwrap();
    let loaded = driver.load("/u/data", ByteRange::Whole).await.unwrap();
    assert_eq!(loaded.content, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_that_another_writer_ended_is_not_found() {
    let (_emulator, driver) = driver().await;
    let whole = content(1, 250_000);
    for by_commit in [true, false] {
        let mut writer = driver.writer("/u/data", WriterStart::New { size_hint: None }).await.unwrap();
        writer.write(pieces(&whole)).await.unwrap();
        let upload = driver.uploads("/u", None).await.unwrap().uploads.remove(0);
        let mut other = driver.writer("/u/data", WriterStart::Resume { upload_id: &upload.id }).await.unwrap();
        if by_commit {
            other.commit(Guard::default()).await.unwrap();
        } else {
            other.cancel().await.unwrap();
        }
        assert_eq!(writer.write(pieces(&whole)).await.unwrap_err().kind, StorageErrorKind::NotFound);
        assert_eq!(writer.close().await.unwrap_err().kind, StorageErrorKind::NotFound);
        assert_eq!(writer.commit(Guard::default()).await.unwrap_err().kind, StorageErrorKind::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_listed_in_pages_and_aborted() {
    let (emulator, driver) = driver().await;
    let mut writers = Vec::new();
    for name in ["a", "b", "c"] {
        let path = format!("/u/{name}/data");
        writers.push(driver.writer(&path, WriterStart::New { size_hint: None }).await.unwrap());
    }
    let page = driver.uploads("/u", None).await.unwrap();
    assert_eq!(
        page.uploads.iter().map(|upload| upload.path.as_str()).collect::<Vec<_>>(),
        ["/u/a/data", "/u/b/data", "/u/c/data"]
    );
    assert!(page.next.is_none() && page.date >= page.uploads[0].initiated);
    let rest = driver.uploads("/u", Some(&page.uploads[1])).await.unwrap();
    assert_eq!(rest.uploads, page.uploads[2..]);
    driver.abort(&page.uploads[..2]).await.unwrap();
    // What is gone already is fine.
    driver.abort(&page.uploads[..1]).await.unwrap();
    let left: Vec<Upload> = driver.uploads("/u", None).await.unwrap().uploads;
    assert_eq!(left, page.uploads[2..]);
    assert_eq!(emulator.bucket("registry").uploads().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_by_what_can_be_done_about_them() {
    let (emulator, driver) = driver().await;
    driver.put("/a", Bytes::from_static(b"there"), Guard::default()).await.unwrap();
    // As often as the driver tries.
    let lost = emulator.faults().add(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject));
    let error = driver.put("/b", Bytes::from_static(b"lost"), Guard::CREATE_ONLY).await.unwrap_err();
    assert!(error.undecided, "{error:?}");
    assert!(lost.hits() > 0);
    emulator.faults().clear();
    let slow = FaultAction::Throttle { status: 503, code: "TotalQpsLimitExceeded".into(), retry_after: None };
    emulator.faults().add(FaultRule::new(slow).on(Operation::GetObject));
    let error = driver.load("/a", ByteRange::Whole).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Throttled, "{error}");
    emulator.faults().clear();
    let denied =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    emulator.faults().add(FaultRule::new(denied).on(Operation::GetObject));
    let error = driver.load("/a", ByteRange::Whole).await.unwrap_err();
    assert_eq!(error.kind, StorageErrorKind::Denied, "{error}");
}
