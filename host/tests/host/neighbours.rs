//! A tenant that misbehaves in each way there is, for as long as its neighbour works: the neighbour goes on. (How fast, the
//! benchmark `neighbours` measures; a busy machine would make a test of that one of the machine.)

use crate::server::Server;
use crate::support::{tenant, tenant_of, text};
use ossicle::{Limits, Tenant};
use std::time::{Duration, Instant};

/// So many calls in a row of the neighbour's, one after the other.
const CALLS: usize = 40;
/// None of them may take so long: each takes some milliseconds, and what is misbehaving has half a second for each of its calls
/// and computes for a fifth of that before it is stopped, so a call that waits for it would show.
const PATIENCE: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits::default().call_timeout(Duration::from_millis(500)).cpu(Duration::from_millis(100)).memory(32 << 20)
}

/// Does something over and over in tasks of its own, until this is dropped.
struct Misbehaviour(Vec<tokio::task::JoinHandle<()>>);

impl Misbehaviour {
    fn begin<F: Future<Output = ()> + Send + 'static>(
        tasks: usize,
        act: impl Fn() -> F + Send + Clone + 'static,
    ) -> Self {
        let repeat = |act: Act<F>| async move {
            loop {
                act().await;
                tokio::task::yield_now().await;
            }
        };
        Self((0..tasks).map(|_| tokio::spawn(repeat(Box::new(act.clone())))).collect())
    }
}

type Act<F> = Box<dyn Fn() -> F + Send>;

impl Drop for Misbehaviour {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// A neighbour with a server of its own, which works beside a tenant that acts like that.
async fn goes_on(server: &Server, hostile: &Tenant, key: String) {
    let certificates = hostile.certificates();
    let misbehaviour = Misbehaviour::begin(8, move || {
        let call = certificates.load(&key);
        async move { drop(call.await) }
    });
    works(server).await;
    drop(misbehaviour);
    assert!(!hostile.metrics().calls.is_empty() || hostile.metrics().now.calls_running > 0, "it did nothing");
    hostile.close_within(Duration::ZERO).await;
}

async fn works(server: &Server) {
    let neighbour = tenant_of(server, Limits::default());
    let get = format!("get {}", server.url("/object"));
    for call in 0..CALLS {
        let begun = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, text(&neighbour.certificates(), &get)).await;
        let answer = answer.unwrap_or_else(|_| panic!("call {call} stands still after {:?}", begun.elapsed()));
        assert_eq!(answer.unwrap(), "200 hello");
    }
    let metrics = neighbour.metrics();
    assert_eq!((metrics.instances, metrics.retirements.len()), (1, 0), "{metrics:?}");
    neighbour.close().await;
}

async fn beside(key: impl Fn(&Server) -> String) {
    let (server, other) = (Server::start().await, Server::start().await);
    let hostile = tenant_of(&other, limits());
    goes_on(&server, &hostile, key(&other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_floods_stops_nobody() {
    beside(|server| format!("flood {}", server.url("/object"))).await;
    beside(|server| format!("crowd 200 {}", server.url("/object"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_spins_stops_nobody() {
    beside(|_| "spin".to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_traps_stops_nobody() {
    beside(|_| "trap".to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hoards_memory_stops_nobody() {
    beside(|_| "bomb".to_owned()).await;
    beside(|server| format!("hoard responses 10000 1 {}", server.url("/object"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_endpoint_is_dead_stops_nobody() {
    beside(|server| format!("get {}", server.url("/silent"))).await;
    beside(|server| format!("hold {}", server.url("/endless"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_stops_reading_stops_nobody() {
    let server = Server::start().await;
    let hostile = tenant(Limits::default());
    let blobs = hostile.blobs();
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(blobs.read("forever", 0).await.unwrap());
    }
    assert_eq!(hostile.metrics().now.streams_running, 32);
    works(&server).await;
    drop(held);
}
