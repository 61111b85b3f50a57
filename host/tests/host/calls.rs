//! Calls that go well, many of them at once.

use crate::server::Server;
use crate::support::{shared, strict, tenant, tenant_of, text};
use futures_util::future::join_all;
use ossicle::{Error, ErrorKind, Limits, StorageError};
use std::task::{Context, Poll, Wake};
use std::time::{Duration, Instant};

#[tokio::test]
async fn every_operation_comes_back_typed() {
    let certificates = tenant(strict()).certificates();
    certificates.store("key", "value").await.unwrap();
    assert_eq!(*certificates.load("key").await.unwrap(), b"key");
    certificates.delete("key").await.unwrap();
    assert!(certificates.exists("key").await.unwrap());
    assert_eq!(certificates.list("prefix", true).await.unwrap().keys().collect::<Vec<_>>(), ["prefix", "true"]);
    let info = certificates.stat("key").await.unwrap();
    assert_eq!((info.key.as_str(), info.is_terminal), ("key", true));
    assert!(info.modified.elapsed().unwrap() < Duration::from_secs(60));
}

#[tokio::test]
async fn an_error_of_the_component_is_typed_and_printable() {
    let tenant = tenant(strict());
    let error = tenant.certificates().load("not-found").await.unwrap_err();
    assert!(error.is_not_found() && !error.is_retryable());
    assert_eq!(error.kind(), Some(ErrorKind::NotFound));
    let Error::Storage(StorageError::NotFound(failure)) = &error else { panic!("{error}") };
    assert_eq!(failure.key.as_deref(), Some("not-found"));
    assert_eq!(error.to_string(), "not found \"not-found\": nothing here\u{fffd}[2J");
    assert_eq!(tenant.metrics().calls[&("load", "not-found")], 1);
}

#[tokio::test]
async fn fifty_calls_wait_at_once_in_one_instance() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    let certificates = tenant.certificates();
    text(&certificates, "warm").await.unwrap();

    let key = format!("get {}", server.url("/delay/200"));
    let begun = Instant::now();
    let answers = join_all((0..50).map(|_| text(&certificates, &key))).await;
    let took = begun.elapsed();

    for answer in answers {
        assert_eq!(answer.unwrap(), "200 hello");
    }
    assert!(took < Duration::from_secs(2), "50 calls of 200 ms took {took:?}");
    assert_eq!(tenant.metrics().instances, 1);
}

#[tokio::test]
async fn more_calls_than_may_run_wait_for_their_turn() {
    let tenant = tenant(Limits::default().calls(2));
    let certificates = tenant.certificates();
    let begun = Instant::now();
    let answers = join_all((0..6).map(|_| text(&certificates, "sleep 100"))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn dropped_futures_leave_the_instance_in_order() {
    let tenant = tenant(Limits::default());
    let certificates = tenant.certificates();
    let dropped = join_all((0..100).map(|_| certificates.load("sleep 200")));
    assert!(tokio::time::timeout(Duration::from_millis(50), dropped).await.is_err(), "none has ended yet");

    assert_eq!(text(&certificates, "echo").await.unwrap(), "echo");
    tenant.recycle().await;
    let metrics = tenant.metrics();
    assert_eq!((metrics.abandoned, metrics.instances), (100, 1));
    assert_eq!(metrics.calls[&("load", "ok")], 101, "abandoned calls run to their end");
}

#[tokio::test]
async fn a_future_never_polled_does_nothing() {
    let tenant = tenant(strict());
    drop(tenant.certificates().load("echo"));
    assert_eq!(tenant.metrics().instances, 0);
}

#[test]
fn calls_need_no_runtime_of_the_callers() {
    let certificates = shared().tenant("t", crate::support::config("bucket", "http://127.0.0.1:9"), strict());
    let certificates = certificates.unwrap().certificates();
    assert_eq!(*block_on(certificates.load("echo")).unwrap(), b"echo");
}

#[test]
fn handles_and_futures_can_be_sent_and_shared() {
    fn check<T: Send + Sync + Clone + 'static>(value: T) -> T {
        value
    }
    fn send<T: Send>(value: T) -> T {
        value
    }
    let certificates = check(check(tenant(strict())).certificates());
    drop(send(certificates.store("key", vec![1])));
}

struct Thread(std::thread::Thread);

impl Wake for Thread {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = std::sync::Arc::new(Thread(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
