//! Streams of a component that misbehaves, and writers in instances that go away.

use crate::support::{config, shared, strict};
use futures_util::StreamExt;
use ossicle::{BlobError, BlobReason, Blobs, Error, Limits, Retirement};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf, repeat};
use tokio::time::timeout;

fn blobs(limits: Limits) -> Blobs {
    shared().blobs("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap()
}

#[track_caller]
fn failed<T: std::fmt::Debug>(result: Result<T, BlobError>) -> Error {
    match result.expect_err("it can't work").reason {
        BlobReason::Failed(error) => error,
        other => panic!("{other:?}"),
    }
}

async fn all(blobs: &Blobs, path: &str) -> Result<Vec<u8>, BlobError> {
    let mut pieces = blobs.read(path, 0).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

/// Never has anything, as a caller who takes all the time there is.
struct NeverReady;

impl AsyncRead for NeverReady {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stream_ends_with_is_told() {
    let blobs = blobs(Limits::default());
    assert_eq!(all(&blobs, "hello").await.unwrap(), b"hello");
    let error = all(&blobs, "broken").await.unwrap_err();
    assert!(error.is_not_found() && error.is_retryable(), "{error}");
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
    let mut download = blobs.read("broken", 0).await.unwrap();
    let mut bytes = Vec::new();
    let error = download.read_to_end(&mut bytes).await.unwrap_err();
    assert_eq!((bytes.as_slice(), error.kind()), (&b"abc"[..], std::io::ErrorKind::NotFound));
    assert!(error.get_ref().unwrap().downcast_ref::<BlobError>().is_some());
    assert_eq!(blobs.metrics().calls[&("read-stream", "not-found")], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_stands_still_is_cut_and_a_caller_who_does_is_not() {
    let blobs = blobs(strict());
    let mut stalled = blobs.read("stall", 0).await.unwrap();
    assert_eq!(stalled.next().await.unwrap().unwrap(), "abc");
    let error = failed(stalled.next().await.unwrap());
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert!(stalled.next().await.is_none());
    for path in ["stuck", "slow"] {
        let error = failed(blobs.write(path, 0, repeat(7), None).await);
        assert!(matches!(error, Error::TimedOut { .. }), "{path}: {error}");
    }
    assert_eq!(blobs.metrics().retirements.keys().collect::<Vec<_>>(), [&"call-timed-out"]);

    // The other way round both wait, well beyond the limit, and then go on.
    let mut unread = blobs.read("forever", 0).await.unwrap();
    assert!(timeout(3 * strict().call_timeout, blobs.write("counted", 0, NeverReady, None)).await.is_err());
    for _ in 0..100 {
        assert!(!unread.next().await.unwrap().unwrap().is_empty());
    }
    assert_eq!(blobs.write("counted", 0, &b"content"[..], None).await.unwrap(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_dropped_ends_in_the_instance() {
    let blobs = blobs(Limits::default());
    for _ in 0..3 {
        let mut download = blobs.read("forever", 0).await.unwrap();
        assert!(!download.next().await.unwrap().unwrap().is_empty());
        let mut walk = blobs.walk("forever", None).await.unwrap();
        assert_eq!(walk.next().await.unwrap().unwrap().path, "forever");
    }
    // It returns when nothing is in flight any more.
    timeout(Duration::from_secs(60), blobs.recycle()).await.unwrap();
    assert_eq!(blobs.metrics().retirements.keys().collect::<Vec<_>>(), [&"replaced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_is_given_up_is_no_content() {
    let blobs = blobs(Limits::default());
    let giving_up = timeout(Duration::from_millis(200), blobs.write("counted", 0, NeverReady, None));
    assert!(giving_up.await.is_err());
    timeout(Duration::from_secs(60), blobs.recycle()).await.unwrap();
    assert_eq!(blobs.metrics().calls.get(&("write-stream", "ok")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_in_an_instance_that_traps_is_told_so() {
    let blobs = blobs(Limits::default().memory(32 << 20));
    let mut unread = blobs.read("forever", 0).await.unwrap();
    let mut writer = blobs.writer("anything", false, None).await.unwrap();
    assert_eq!(writer.write(&b"content"[..]).await.unwrap(), 7);
    assert_eq!(writer.size().await.unwrap(), 42);
    let error = failed(blobs.write("trap", 0, repeat(7), None).await);
    assert!(matches!(error, Error::Retired { reason: Retirement::Trapped { .. } }), "{error}");
    assert!(error.is_retryable());
    // What came before is not taken for the whole.
    let end = loop {
        match unread.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break failed(Err::<(), _>(error)),
        }
    };
    assert!(matches!(end, Error::Retired { reason: Retirement::Trapped { .. } }), "{end}");
    for error in [
        failed(writer.write(&b"content"[..]).await),
        failed(writer.commit().await),
        failed(writer.size().await),
        failed(writer.close().await),
    ] {
        assert!(matches!(error, Error::Retired { .. }), "{error}");
    }
    // The next call has a fresh instance, and so has another writer.
    let mut writer = blobs.writer("anything", true, None).await.unwrap();
    writer.commit().await.unwrap();

    let mut download = blobs.read("trap", 0).await.unwrap();
    let first = download.next().await.unwrap();
    let error = failed(match first {
        Ok(_) => download.next().await.unwrap(),
        Err(error) => Err(error),
    });
    assert!(matches!(error, Error::Retired { .. }), "{error}");
    let error = failed(blobs.write("bomb", 0, repeat(7), None).await);
    assert!(matches!(error, Error::Retired { reason: Retirement::Memory { .. } }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_keeps_its_instance() {
    let limits = Limits::default().idle(Duration::from_millis(50)).calls_per_instance(1);
    let blobs = blobs(limits);
    let mut writer = blobs.writer("first", false, None).await.unwrap();
    // Other calls have other instances, and idle ones go.
    assert_eq!(blobs.get("a").await.unwrap(), b"a");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(writer.write(&b"content"[..]).await.unwrap(), 7);
    writer.commit().await.unwrap();
    assert_eq!(writer.path(), "first");
    let closed = tokio::spawn({
        let blobs = blobs.clone();
        async move { blobs.close().await }
    });
    closed.await.unwrap();
    assert!(matches!(failed(blobs.writer("second", false, None).await), Error::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_does_one_thing_at_a_time() {
    let blobs = blobs(strict());
    let mut writer = blobs.writer("counted", false, None).await.unwrap();
    assert!(timeout(Duration::from_millis(100), writer.write(NeverReady)).await.is_err());
    // What was given up ends before the next begins.
    assert_eq!(writer.write(&b"content"[..]).await.unwrap(), 7);
    writer.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_is_dropped_goes_and_nothing_else_does() {
    let blobs = blobs(Limits::default());
    for _ in 0..100 {
        drop(blobs.writer("anything", false, None).await.unwrap());
    }
    assert_eq!(blobs.get("a").await.unwrap(), b"a");
    assert_eq!(blobs.metrics().instances, 1);
    timeout(Duration::from_secs(60), blobs.recycle()).await.unwrap();
    assert_eq!(blobs.metrics().retirements.keys().collect::<Vec<_>>(), [&"replaced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_cut_when_nothing_moves() {
    let blobs = blobs(strict());
    let error = failed(blobs.delete("never").await);
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    let error = failed(blobs.get("spin").await);
    assert!(matches!(error, Error::Retired { reason: Retirement::Cpu { .. } }), "{error}");
    assert_eq!(blobs.stat("x").await.unwrap().modified, std::time::SystemTime::UNIX_EPOCH);
}
