//! What a registry rests its rules on: what OSS states with reads and writes, conditions, windows of OSS's time, and appends.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ossicle::{
    ErrorKind, PageOptions, PublishOptions, ReadCondition, ReadOptions, Window, WriteOptions, WriterOptions,
    WriterStart,
};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_guest::blob::FileInfo;

use crate::blobs::{HOUR, PART, assert_kind, assert_not_found, content};
use crate::{BlobDriver, BlobReader as _, BlobWhy, BlobWriter as _, Ground};

/// OSS's time, by its own word.
async fn time(blobs: &impl BlobDriver) -> SystemTime {
    moment(blobs.stat("/").await.unwrap().date.expect("OSS states the time"))
}

/// A time in seconds since 1970.
fn moment(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Conditions that only a window is part of.
fn within(window: Window) -> PublishOptions {
    PublishOptions::new().window(window)
}

/// A window that is open now, and one that has ended 40 s ago.
async fn windows(blobs: &impl BlobDriver) -> (Window, Window) {
    let now = time(blobs).await;
    let minute = Duration::from_secs(60);
    (Window::from(now - Duration::from_secs(2), minute), Window::from(now - Duration::from_secs(100), minute))
}

/// Takes the number of requests since the last time.
fn taken(ground: &Ground) -> u64 {
    ground.take_counts().into_iter().map(|(_, count)| count).sum()
}

/// (a): reads tell size, ETag and times, end where they are told to, and heed conditions.
pub async fn reading(blobs: &impl BlobDriver, ground: &Ground) {
    let whole = content(1, 300_000);
    let written = blobs.put_with("/f", whole.clone(), WriteOptions::new().content_type("text/x-y")).await.unwrap();
    let etag = written.etag.clone().expect("an ETag");
    assert_eq!((written.size, written.perhaps_again), (300_000, false));
    assert!(written.crc64.is_some() && written.date.is_some());
    taken(ground);
    for (offset, length, expected) in [
        (0, None, &whole[..]),
        (0, Some(300_000), &whole[..]),
        (0, Some(7), &whole[..7]),
        (299_990, Some(7), &whole[299_990..299_997]),
        (299_990, Some(700), &whole[299_990..]),
    ] {
        let options = ReadOptions::new().length(length).condition(ReadCondition::new().if_match(&etag));
        let mut download = blobs.read_with("/f", offset, options).await.unwrap();
        let state = download.state().clone();
        assert_eq!((state.size, state.etag.as_ref()), (300_000, Some(&etag)));
        assert_eq!(state.content_type.as_deref(), Some("text/x-y"));
        assert!(state.modified.expect("a time") <= state.date.expect("a time") + 1);
        let bytes = download.rest().await.unwrap();
        assert!(bytes == expected, "{} bytes of {length:?} from {offset}", bytes.len());
        assert_eq!(taken(ground), 1);
    }
    for (offset, length) in [(300_000, None), (400_000, Some(3)), (5, Some(0))] {
        let mut download = blobs.read_with("/f", offset, ReadOptions::new().length(length)).await.unwrap();
        assert_eq!(download.state().size, 300_000);
        assert_eq!(download.rest().await.unwrap(), b"");
    }
    // A read of a part goes on where it broke off, and ends where it was to.
    ground.fault(FaultRule::new(FaultAction::CutResponse { at: 1000 }).on(Operation::GetObject).once());
    let options = ReadOptions::new().length(200_000);
    let part = blobs.read_with("/f", 50_000, options).await.unwrap().rest().await.unwrap();
    assert!(part == whole[50_000..250_000], "{} bytes", part.len());

    let file = blobs.get_with("/f", ReadCondition::new().if_none_match("\"0\"")).await.unwrap();
    assert!(file.content == whole && file.state.etag.as_ref() == Some(&etag) && Some(file.crc64) == written.crc64);
    let same = blobs.get_with("/f", ReadCondition::new().if_none_match(&etag)).await;
    let error = assert_kind(same, ErrorKind::NotModified);
    assert!(error.date().is_some(), "{error:?}");
    let same = ReadOptions::new().condition(ReadCondition::new().if_none_match(&etag));
    assert_kind(blobs.read_with("/f", 0, same).await.map(drop), ErrorKind::NotModified);
    let other = ReadOptions::new().condition(ReadCondition::new().if_match("\"0\""));
    assert_kind(blobs.read_with("/f", 0, other).await.map(drop), ErrorKind::Conflict);

    let error = blobs.get_with("/nothing", ReadCondition::new()).await.unwrap_err();
    assert!(error.is_not_found() && error.date().is_some(), "that it is absent is known as of a time: {error:?}");
    taken(ground);
    let info = blobs.stat("/f").await.unwrap();
    assert_eq!((info.size, info.etag.as_ref(), info.date.is_some()), (300_000, Some(&etag), true));
    assert_eq!(blobs.stat_file("/f").await.unwrap().etag.as_ref(), Some(&etag));
    let error = blobs.stat_file("/no/file").await.unwrap_err();
    assert!(error.is_not_found() && error.date().is_some());
    assert_eq!(taken(ground), 3);
}

/// (b): pages of a listing, one request each, in OSS's order.
pub async fn pages(blobs: &impl BlobDriver, ground: &Ground) {
    for path in ["/a/b", "/a/b-1/x", "/a/b.1/x", "/a/b/x", "/a/b/y", "/a/c", "/ab"] {
        ground.plant(path, b"1");
    }
    ground.put_raw(&ground.object("/a/no path"), b"1");
    // What a console makes of a directory: with one entry a page it was the whole of the first page, again and again.
    ground.put_raw(&ground.object("/a/"), b"");
    let whole = ["/a/b", "/a/b-1/", "/a/b.1/", "/a/b/", "/a/c"];
    let all = ["/a/b", "/a/b-1/x", "/a/b.1/x", "/a/b/x", "/a/b/y", "/a/c"];
    for (recursive, expected) in [(false, &whole[..]), (true, &all[..])] {
        for limit in [1, 2, 3, 1000] {
            let mut found = Vec::new();
            let mut next = None;
            taken(ground);
            loop {
                let options = PageOptions::new().recursive(recursive).start_after(next).limit(limit);
                let page = blobs.list_page("/a", options).await.unwrap();
                assert_eq!(taken(ground), 1);
                assert!(page.entries.len() <= limit as usize && page.date.is_some());
                let shown = |entry: FileInfo| entry.path + if entry.is_dir { "/" } else { "" };
                found.extend(page.entries.into_iter().map(shown));
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{recursive} {limit}");
        }
        for (n, after) in expected.iter().enumerate() {
            let options = PageOptions::new().recursive(recursive).start_after((*after).to_owned());
            let page = blobs.list_page("/a", options).await.unwrap();
            assert_eq!(page.entries.len(), expected.len() - n - 1, "after {after}");
        }
    }
    for (after, count) in
        [("", 5), ("/a", 5), ("/a/", 5), ("/a/b/x", 1), ("/a/b0", 1), ("/b", 0), ("~", 0), (".", 5), ("0", 0)]
    {
        let page = blobs.list_page("/a", PageOptions::new().start_after(after.to_owned())).await.unwrap();
        assert_eq!(page.entries.len(), count, "after {after:?}");
    }
    assert_eq!(blobs.list_page("/nothing", PageOptions::new()).await.unwrap().entries, []);
    assert_kind(blobs.list_page("/a", PageOptions::new().limit(0)).await, ErrorKind::Unsupported);
    assert_kind(blobs.list_page("/a", PageOptions::new().limit(1001)).await, ErrorKind::Unsupported);
}

/// (d): a list of files goes by one request for each 1000, and each that is left is told.
pub async fn deleting_files(blobs: &impl BlobDriver, ground: &Ground) {
    let paths: Vec<String> = (0..2001).map(|n| format!("/d/{n:04}")).collect();
    paths.iter().for_each(|path| ground.plant(path, b""));
    ground.plant("/d/0000/below", b"");
    blobs.stat_file("/d/0000").await.unwrap();
    taken(ground);
    let removed = blobs.delete_files(paths.clone(), None).await.unwrap();
    assert_eq!(taken(ground), 3);
    assert!(removed.date.is_some() && !removed.perhaps_again);
    assert_eq!(ground.keys_below("d/"), ["d/0000/below"], "what is below a path stays");
    assert!(blobs.delete_files(vec!["/d/0001".into()], None).await.is_ok(), "what is not there is fine");
    assert_eq!(blobs.delete_files(Vec::new(), None).await.unwrap().date, None);
    assert_kind(blobs.delete_files(vec!["/a".into(), "/b ".into()], None).await, ErrorKind::InvalidKey);

    // Where the second of two requests is refused, what the first was for is gone and the rest is told one by one.
    paths[..1200].iter().for_each(|path| ground.plant(path, b""));
    let action =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: "no".into(), ec: String::new() };
    ground.fault(FaultRule::new(action).on(Operation::DeleteMultipleObjects).skip(1));
    let error = blobs.delete_files(paths[..1200].to_vec(), None).await.unwrap_err();
    ground.clear_faults();
    assert!(matches!(error.why, BlobWhy::Left), "{error}");
    let left: Vec<_> = error.causes.iter().map(|cause| cause.path.clone().unwrap()).collect();
    assert_eq!(left, paths[1000..1200]);
    assert!(error.causes.iter().all(|cause| cause.failed.is(ErrorKind::AccessDenied)));
    assert_eq!(ground.keys_below("d/").len(), 201);
}

/// (e): OSS refuses what comes after a window, and that is told from any other refusal.
pub async fn windows_of_time(blobs: &impl BlobDriver, ground: &Ground) {
    let (open, over) = windows(blobs).await;
    ground.plant("/f", b"old");
    ground.plant("/g", b"old");
    let large = content(3, 3 * PART as usize);
    // What comes too late changes nothing.
    let options = WriteOptions::new().publish(within(over));
    assert_kind(blobs.put_with("/f", "new", options.clone()).await, ErrorKind::TooLate);
    assert_kind(blobs.write_with("/f", 0, &large[..], None, options.clone()).await, ErrorKind::TooLate);
    assert_kind(blobs.write_with("/f", 1, &b"x"[..], None, options).await, ErrorKind::TooLate);
    assert_kind(blobs.rename_with("/f", "/h", within(over)).await, ErrorKind::TooLate);
    assert_kind(blobs.copy("/f", "/h", within(over)).await, ErrorKind::TooLate);
    assert_kind(blobs.delete_within("/f", Some(over)).await, ErrorKind::TooLate);
    assert_kind(blobs.delete_files(vec!["/f".into()], Some(over)).await, ErrorKind::TooLate);
    let error = blobs.delete_files(vec!["/f".into(), "/g".into()], Some(over)).await.unwrap_err();
    assert_eq!(error.causes.len(), 2);
    assert!(error.causes.iter().all(|cause| cause.failed.is(ErrorKind::TooLate)), "{error}");
    assert_kind(blobs.append("/log", 0, None, "x", Some(over)).await, ErrorKind::TooLate);
    for (name, bytes) in [("/f", Some(&b"old"[..])), ("/g", Some(b"old")), ("/h", None), ("/log", None)] {
        assert_eq!(ground.stored(name).as_deref(), bytes, "{name}");
    }
    assert_eq!(ground.pending(), []);
    // A commit can be tried again, with a later window.
    for length in [10, large.len()] {
        let mut writer = blobs.writer("/w", false, None).await.unwrap();
        writer.write(&large[..length]).await.unwrap();
        assert_kind(writer.commit_with(within(over)).await, ErrorKind::TooLate);
        assert_eq!(ground.stored("/w"), None);
        let written = writer.commit_with(within(open)).await.unwrap();
        assert_eq!((written.size, written.date.is_some()), (length as u64, true));
        assert!(ground.stored("/w").unwrap() == large[..length]);
        blobs.delete_within("/w", Some(open)).await.unwrap();
        assert_eq!(ground.stored("/w"), None);
    }
    // In time everything is as without a window.
    let options = WriteOptions::new().publish(within(open));
    let written = blobs.put_with("/f", "new", options.clone()).await.unwrap();
    assert!(moment(written.date.expect("a time")) < open.until && !written.perhaps_again);
    assert_eq!(blobs.write_with("/g", 3, &b"er"[..], None, options).await.unwrap().0, 2);
    assert_eq!(ground.stored("/g").unwrap(), b"older");
    blobs.copy("/f", "/h", within(open)).await.unwrap();
    blobs.rename_with("/g", "/i", within(open)).await.unwrap();
    assert_eq!((ground.stored("/h").unwrap(), ground.stored("/i").unwrap()), (b"new".to_vec(), b"older".to_vec()));
    blobs.delete_files(vec!["/f".into(), "/h".into()], Some(open)).await.unwrap();
    blobs.delete_files(vec!["/i".into()], Some(open)).await.unwrap();
    assert_eq!(ground.keys_below(""), [""; 0]);
    // A copy whose answer was lost may be taken once more while the window lasts.
    ground.fault(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject).once());
    let options = WriteOptions::new().publish(within(open));
    assert!(blobs.put_with("/f", "new", options).await.unwrap().perhaps_again);
    let never = Window { since: open.until, until: open.since };
    assert_kind(blobs.delete_within("/f", Some(never)).await, ErrorKind::Unsupported);
}

/// (f): OSS refuses to replace a file where that was asked for.
pub async fn creating(blobs: &impl BlobDriver, ground: &Ground) {
    let only = PublishOptions::new().create_only();
    let options = || WriteOptions::new().publish(only);
    ground.plant("/f", b"old");
    let large = content(3, 3 * PART as usize);
    assert_kind(blobs.put_with("/f", "new", options()).await, ErrorKind::Conflict);
    assert_kind(blobs.write_with("/f", 0, &large[..], None, options()).await, ErrorKind::Conflict);
    assert_kind(blobs.write_with("/f", 0, &b"new"[..], None, options()).await, ErrorKind::Conflict);
    for length in [10, large.len()] {
        let mut writer = blobs.writer("/f", false, None).await.unwrap();
        writer.write(&large[..length]).await.unwrap();
        assert_kind(writer.commit_with(only).await, ErrorKind::Conflict);
        writer.cancel().await.unwrap();
    }
    // Nobody takes another's file of the same content for their own, though the first answer was lost.
    ground.plant("/same", b"same");
    let lost = |operation| ground.fault(FaultRule::new(FaultAction::Refuse).on(operation).once());
    let fault = lost(Operation::PutObject);
    assert_kind(blobs.write_with("/same", 0, &b"same"[..], None, options()).await, ErrorKind::Conflict);
    assert_eq!(fault.hits(), 1);
    let fault = lost(Operation::CompleteMultipartUpload);
    let mut writer = blobs.writer("/same", false, None).await.unwrap();
    writer.write(b"same").await.unwrap();
    assert_kind(writer.commit_with(only).await, ErrorKind::Conflict);
    writer.cancel().await.unwrap();
    assert_eq!(fault.hits(), 1);
    // A refusal is no commit that may have taken effect.
    ground.plant("/empty", b"");
    let mut writer = blobs.writer("/empty", false, None).await.unwrap();
    assert_kind(writer.commit_with(only).await, ErrorKind::Conflict);
    writer.cancel().await.unwrap();
    blobs.put_with("/g", "other", options()).await.unwrap();
    assert_kind(blobs.rename_with("/g", "/f", only).await, ErrorKind::Conflict);
    assert_kind(blobs.copy("/g", "/f", only).await, ErrorKind::Conflict);
    assert_eq!((ground.stored("/f").unwrap(), ground.stored("/g").unwrap()), (b"old".to_vec(), b"other".to_vec()));
    assert_eq!(ground.pending(), []);
    blobs.rename_with("/g", "/h", only).await.unwrap();
    taken(ground);
    let copied = blobs.copy("/h", "/i", only).await.unwrap();
    assert_eq!((taken(ground), copied.size), (2, 5));
    blobs.write_with("/j", 0, &large[..], None, options()).await.unwrap();
    assert_eq!(ground.stored("/h").unwrap(), b"other");
    assert!(ground.stored("/j").unwrap() == large);
}

/// Appends compare and set in one, and the last bytes are read on a condition.
pub async fn appending(blobs: &impl BlobDriver, ground: &Ground) {
    taken(ground);
    let error = blobs.read_tail("/log", 4, ReadCondition::new()).await.unwrap_err();
    assert!(error.is_not_found() && error.date().is_some());
    let first = blobs.append("/log", 0, Some(0), "one.", None).await.unwrap();
    assert_eq!((first.size, first.date.is_some()), (4, true));
    assert_kind(blobs.append("/log", 0, None, "two.", None).await, ErrorKind::Conflict);
    let tail = blobs.read_tail("/log", 100, ReadCondition::new()).await.unwrap();
    assert_eq!((&tail.content[..], tail.state.size, Some(tail.crc64)), (&b"one."[..], 4, first.crc64));
    let etag = tail.state.etag.clone().unwrap();
    let same = blobs.read_tail("/log", 4, ReadCondition::new().if_none_match(&etag)).await;
    assert!(assert_kind(same, ErrorKind::NotModified).date().is_some());
    let second = blobs.append("/log", 4, Some(tail.crc64), "two.", None).await.unwrap();
    assert_eq!(second.size, 8);
    let tail = blobs.read_tail("/log", 4, ReadCondition::new().if_none_match(&etag)).await.unwrap();
    assert_eq!((&tail.content[..], tail.state.size), (&b"two."[..], 8));
    assert_eq!(taken(ground), 7, "one request each");
    assert_kind(blobs.append("/log", 8, Some(1), "x", None).await, ErrorKind::Corrupt);
    ground.plant("/f", b"old");
    assert_kind(blobs.append("/f", 3, None, "x", None).await, ErrorKind::Conflict);
    assert_kind(blobs.read_tail("/f", 0, ReadCondition::new()).await, ErrorKind::Unsupported);
    // Of those at once exactly one is taken.
    let at_once = (0..8).map(|n| blobs.append("/log", 9, None, Bytes::from(vec![b'0' + n; 3]), None));
    let results = futures_util::future::join_all(at_once).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
}

/// (c): an upload is gone on with by its id, or where it is, or not at all.
pub async fn going_on(blobs: &impl BlobDriver, ground: &Ground) {
    let part = PART as usize;
    let whole = content(4, 2 * part + 7);
    let mut writer = blobs.writer("/f", false, None).await.unwrap();
    let id = writer.upload_id().await.unwrap().expect("it was begun");
    writer.write(&whole[..part + 3]).await.unwrap();
    writer.close().await.unwrap();
    drop(writer);
    // A newer one for the same path is another.
    let newer = blobs.writer("/f", false, None).await.unwrap();
    let by_id = || WriterStart::Upload(id.clone());
    let at = |size: usize| WriterOptions::new().at(size as u64);
    taken(ground);
    assert_kind(blobs.writer_with("/f", by_id(), at(part)).await, ErrorKind::Conflict);
    assert_kind(blobs.writer_with("/f", by_id(), at(part + 4)).await, ErrorKind::Conflict);
    assert_not_found(blobs.writer_with("/g", by_id(), WriterOptions::new()).await, "/g");
    taken(ground);
    let mut writer = blobs.writer_with("/f", by_id(), at(part + 3)).await.unwrap();
    assert_eq!(taken(ground), 2);
    assert_eq!((writer.size().await.unwrap(), writer.upload_id().await.unwrap()), (part as u64 + 3, Some(id.clone())));
    writer.write(&whole[part + 3..]).await.unwrap();
    writer.commit().await.unwrap();
    assert!(ground.stored("/f").unwrap() == whole);
    assert_not_found(blobs.writer_with("/f", by_id(), WriterOptions::new()).await, "/f");
    assert_kind(blobs.writer_with("/f", WriterStart::Anew, at(1)).await, ErrorKind::Conflict);
    // With the file, although there is an upload.
    let size = whole.len();
    assert_kind(blobs.writer_with("/f", WriterStart::File, at(size - 1)).await, ErrorKind::Conflict);
    let mut writer = blobs.writer_with("/f", WriterStart::File, at(size)).await.unwrap();
    assert_eq!(writer.stored().await.unwrap().kept, size as u64);
    assert!(writer.upload_id().await.unwrap().is_some());
    writer.write(b"more").await.unwrap();
    writer.commit().await.unwrap();
    assert!(ground.stored("/f").unwrap() == [&whole[..], b"more"].concat());
    drop(newer);
    let (date, listed) = blobs.dated_uploads("/", Duration::ZERO).await.unwrap();
    assert!(date.is_some());
    assert_eq!(listed.len(), 1);
    let (date, old) = blobs.dated_uploads("/", HOUR).await.unwrap();
    assert!(date.is_some() && old.is_empty());
    blobs.remove_uploads(&listed).await.unwrap();
    // A content's type is kept by whatever makes the file.
    let typed = WriterOptions::new().content_type("text/x-y");
    let mut writer = blobs.writer_with("/t", WriterStart::Anew, typed).await.unwrap();
    writer.write(&whole[..]).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(blobs.stat_file("/t").await.unwrap().content_type.as_deref(), Some("text/x-y"));
}
