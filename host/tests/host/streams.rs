//! Streams of a component that misbehaves, and writers in instances that go away.

use crate::support::{config, shared, strict, tenant_of};
use futures_util::StreamExt;
use ossicle::{BlobError, BlobReason, Blobs, Error, ErrorKind, Limits, Retirement};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf, repeat};
use tokio::time::timeout;

fn blobs(limits: Limits) -> Blobs {
    shared().tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap().blobs()
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
    assert_eq!(blobs.tenant().metrics().calls[&("read-stream", "not-found")], 2);
}

/// Whatever the component makes of it: this one says that all is well.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_brings_more_than_was_stated_is_cut() {
    let blobs = blobs(Limits::default());
    let mut download = blobs.read("too-long", 0).await.unwrap();
    let error = download.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Corrupt), "{error}");
    assert!(download.next().await.is_none());
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
    // Streams without a byte, one after another, are no movement.
    let error = failed(all(&blobs, "again").await);
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert_eq!(blobs.tenant().metrics().retirements.keys().collect::<Vec<_>>(), [&"call-timed-out"]);

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
    timeout(Duration::from_secs(60), blobs.tenant().recycle()).await.unwrap();
    assert_eq!(blobs.tenant().metrics().retirements.keys().collect::<Vec<_>>(), [&"replaced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_is_given_up_is_no_content() {
    let blobs = blobs(Limits::default());
    let giving_up = timeout(Duration::from_millis(200), blobs.write("counted", 0, NeverReady, None));
    assert!(giving_up.await.is_err());
    timeout(Duration::from_secs(60), blobs.tenant().recycle()).await.unwrap();
    assert_eq!(blobs.tenant().metrics().calls.get(&("write-stream", "ok")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_in_an_instance_that_traps_is_told_so() {
    let blobs = blobs(Limits::default().memory(64 << 20));
    let mut unread = blobs.read("forever", 0).await.unwrap();
    let mut writer = blobs.writer("anything", false, None).await.unwrap();
    assert_eq!(writer.write(&b"content"[..]).await.unwrap(), 7);
    assert_eq!(writer.size().await.unwrap(), 42);
    let error = failed(blobs.write("trap", 0, repeat(7), None).await);
    assert!(matches!(error, Error::Retired { reason: Retirement::Trapped { .. }, .. }), "{error}");
    assert!(error.is_retryable());
    // What came before is not taken for the whole.
    let end = loop {
        match unread.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break failed(Err::<(), _>(error)),
        }
    };
    assert!(matches!(end, Error::Retired { reason: Retirement::Trapped { .. }, .. }), "{end}");
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
    assert!(matches!(error, Error::Retired { reason: Retirement::Memory { .. }, .. }), "{error}");
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
    // It is in an instance that others have taken the place of, and counts all the same.
    let mut closing = Box::pin(blobs.tenant().close());
    assert!(timeout(Duration::from_millis(200), &mut closing).await.is_err());
    drop(writer);
    timeout(Duration::from_secs(60), closing).await.unwrap();
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
    assert_eq!(blobs.tenant().metrics().instances, 1);
    timeout(Duration::from_secs(60), blobs.tenant().recycle()).await.unwrap();
    assert_eq!(blobs.tenant().metrics().retirements.keys().collect::<Vec<_>>(), [&"replaced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_cut_when_nothing_moves() {
    let blobs = blobs(strict());
    let error = failed(blobs.delete("never").await);
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    let error = failed(blobs.get("spin").await);
    assert!(matches!(error, Error::Retired { reason: Retirement::Cpu { .. }, .. }), "{error}");
    assert_eq!(blobs.stat("x").await.unwrap().modified, std::time::SystemTime::UNIX_EPOCH);
}

/// 4.3: readers who stop keep neither calls nor other streams waiting.
#[tokio::test(flavor = "multi_thread")]
async fn readers_who_stop_do_not_stop_a_tenant() {
    let blobs = blobs(strict().streams(20));
    let mut unread = Vec::new();
    for _ in 0..20 {
        unread.push(blobs.read("forever", 0).await.unwrap());
    }
    tokio::time::sleep(2 * strict().call_timeout).await;
    assert_eq!(blobs.get("a").await.unwrap(), b"a");
    assert_eq!(blobs.write("counted", 0, &b"content"[..], None).await.unwrap(), 7);
    // One more reader waits until one of them goes.
    assert!(timeout(Duration::from_millis(100), blobs.read("hello", 0)).await.is_err());
    unread.pop();
    assert_eq!(timeout(Duration::from_secs(10), all(&blobs, "hello")).await.unwrap().unwrap(), b"hello");
    assert_eq!(blobs.tenant().metrics().instances, 1);
}

/// It is the first of those who wait for room, but only as long as somebody wants it.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_call_that_is_given_up_lets_pass_what_waits_behind_it() {
    let blobs = blobs(Limits::default().memory(64 << 20));
    // There is an instance, and time for the large call to reach it, on a busy machine too.
    blobs.stat("x").await.unwrap();
    let value = |mib: usize| vec![7; mib << 20];
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let waiting = timeout(Duration::from_millis(300), blobs.put("echo", value(20)));
        let behind = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            timeout(Duration::from_secs(5), blobs.write("counted", 0, &b"content"[..], None)).await
        };
        let (given_up, passed) = tokio::join!(waiting, behind);
        assert!(given_up.is_err(), "there is no room for it");
        assert_eq!(passed.expect("nobody is before it").unwrap(), 7);
    };
    tokio::select! {
        full = blobs.put("sleep 8000", value(30)) => panic!("the others wait for it: {full:?}"),
        () = others => {}
    }
}

/// 4.3: the same of those who bring nothing.
#[tokio::test(flavor = "multi_thread")]
async fn writers_who_stop_do_not_stop_a_tenant() {
    let blobs = blobs(strict().streams(3));
    let stopped = futures_util::future::join_all((0..3).map(|_| blobs.write("counted", 0, NeverReady, None)));
    let others = async {
        tokio::time::sleep(2 * strict().call_timeout).await;
        assert_eq!(blobs.get("a").await.unwrap(), b"a");
        assert_eq!(all(&blobs, "hello").await.unwrap(), b"hello");
    };
    tokio::select! {
        _ = stopped => panic!("they never end"),
        () = others => {}
    }
}

/// 4.3: a limit on what the caller does, where one is wanted.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_stands_still_for_too_long_is_cut_off() {
    let blobs = blobs(Limits::default().caller_timeout(Duration::from_millis(300)));
    let is_cut = |error: Error| {
        assert!(matches!(error, Error::CallerTimedOut { limit, .. } if limit.as_millis() == 300), "{error}");
        assert!(error.is_retryable());
    };
    let mut unread = blobs.read("forever", 0).await.unwrap();
    tokio::time::sleep(Duration::from_millis(900)).await;
    let end = loop {
        match unread.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break failed(Err::<(), _>(error)),
        }
    };
    is_cut(end);
    is_cut(failed(blobs.write("counted", 0, NeverReady, None).await));
    let mut writer = blobs.writer("counted", false, None).await.unwrap();
    is_cut(failed(writer.write(NeverReady).await));
    assert_eq!(writer.write(&b"content"[..]).await.unwrap(), 7);
    // Whoever goes on, however slowly, is not.
    let mut slow = blobs.read("forever", 0).await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!slow.next().await.unwrap().unwrap().is_empty());
    }
    assert_eq!((blobs.tenant().metrics().instances, blobs.tenant().metrics().retirements.len()), (1, 0));
    assert_eq!(blobs.tenant().metrics().calls[&("read-stream", "caller-timed-out")], 1);
}

/// 4.4: a writer that nobody waits for any more is dropped in the instance.
#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_was_given_up_before_it_came_goes() {
    let blobs = blobs(Limits::default());
    for _ in 0..20 {
        let writer = timeout(Duration::from_millis(20), blobs.writer("sleep 100", false, None));
        assert!(writer.await.is_err());
    }
    let kept = blobs.writer("sleep 1", false, None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(blobs.get("writers").await.unwrap(), b"1");
    drop(kept);
    timeout(Duration::from_secs(60), blobs.tenant().recycle()).await.unwrap();
}

/// 4.4: a call that does not move is cut, however busy the tenant is otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_hangs_is_cut_in_a_busy_tenant() {
    let server = crate::server::Server::start().await;
    let blobs = tenant_of(&server, strict()).blobs();
    let busy = async {
        loop {
            blobs.get(&format!("get {}", server.url("/"))).await.ok();
        }
    };
    tokio::select! {
        () = busy => {}
        hung = timeout(Duration::from_secs(10), blobs.delete("never")) => {
            let error = failed(hung.expect("it is cut"));
            assert!(matches!(error, Error::TimedOut { .. }), "{error}");
        }
    }
}
