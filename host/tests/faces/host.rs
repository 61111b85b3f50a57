//! A host that serves a component.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ossicle_emulator::{BucketSpec, Emulator};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::{mpsc, oneshot};
use wasmtime::component::{Accessor, Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p3::Request as HostRequest;
use wasmtime_wasi_http::p3::bindings::{Service, ServicePre};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::sender::Sender;

const BUCKET: &str = "faces";
const REGION: &str = "cn-hangzhou";
pub const SECRET: &str = "canary-secret-7f3a";

/// What an instance has.
pub struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    sender: Sender,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.sender }
    }
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut cache = wasmtime::CacheConfig::new();
    cache.with_directory(env!("CARGO_TARGET_TMPDIR"));
    let mut options = wasmtime::Config::new();
    options.cache(Some(wasmtime::Cache::new(cache).expect("a cache")));
    Engine::new(&options).expect("an engine")
});

/// A component that is ready to be served.
pub fn linked(component: &[u8]) -> ServicePre<State> {
    let component = Component::new(&ENGINE, component).expect("the component");
    let mut linker = Linker::new(&ENGINE);
    wasmtime_wasi::p3::add_to_linker(&mut linker).expect("what WASI has");
    wasmtime_wasi_http::p3::add_to_linker(&mut linker).expect("what HTTP has");
    let linked = linker.instantiate_pre(&component).expect("what it imports");
    ServicePre::new(linked).expect("what it exports")
}

/// A request, and where its response goes.
type Order = (http::Request<WasiBody>, oneshot::Sender<http::Response<WasiBody>>);

/// Instances of a component, each of which serves so many requests.
struct Instances {
    linked: ServicePre<State>,
    environment: Vec<(String, String)>,
    requests_each: usize,
    /// The newest one, and how many more requests it serves.
    newest: Mutex<Option<(UnboundedSender<Order>, usize)>>,
}

impl Instances {
    /// A response; an error where the instance trapped.
    async fn answer(&self, request: http::Request<WasiBody>) -> Result<http::Response<WasiBody>, RecvError> {
        let (to, response) = oneshot::channel();
        {
            let mut newest = self.newest.lock().expect("no panic");
            let (orders, left) =
                newest.take().filter(|(_, left)| *left > 0).unwrap_or_else(|| (self.start(), self.requests_each));
            // What can't be handed over is dropped, and that shows.
            let _ = orders.send((request, to));
            *newest = Some((orders, left - 1)).filter(|(_, left)| *left > 0);
        }
        response.await
    }

    fn start(&self) -> UnboundedSender<Order> {
        let (to, orders) = mpsc::unbounded_channel();
        let wasi = WasiCtx::builder().envs(&self.environment).inherit_stderr().build();
        let state = State { table: ResourceTable::new(), wasi, http: WasiHttpCtx::new(), sender: Sender };
        tokio::spawn(run(self.linked.clone(), Store::new(&ENGINE, state), orders));
        to
    }
}

/// Runs an instance until no more requests come and everything is done.
async fn run(linked: ServicePre<State>, mut store: Store<State>, mut orders: UnboundedReceiver<Order>) {
    let service = linked.instantiate_async(&mut store).await.expect("an instance");
    let ran = store.run_concurrent(async |accessor| {
        let mut running = FuturesUnordered::new();
        let mut is_open = true;
        while is_open || !running.is_empty() {
            tokio::select! {
                order = orders.recv(), if is_open => match order {
                    Some(order) => running.push(answer(&service, accessor, order)),
                    None => is_open = false,
                },
                Some(answered) = running.next() => answered?,
            }
        }
        // Bodies are written after their responses were given.
        poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
        wasmtime::error::Ok(())
    });
    if let Err(trap) = ran.await.flatten() {
        eprintln!("an instance trapped: {trap:?}");
    }
}

async fn answer(service: &Service, accessor: &Accessor<State>, (request, to): Order) -> wasmtime::Result<()> {
    let (request, sent) = HostRequest::from_http(&mut Sender, request);
    // Whether the request came whole, its body tells as well.
    let sent: Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> = Box::pin(sent);
    let response = service.handle(accessor, request).await?.map_err(wasmtime::Error::from)?;
    let response = accessor.with(|store| response.into_http(store, sent))?;
    // A client that went away wants no response.
    let _ = to.send(response);
    Ok(())
}

/// A served component.
pub struct Served {
    pub address: SocketAddr,
    pub emulator: Emulator,
    /// How many requests have arrived.
    pub begun: Arc<AtomicUsize>,
    /// How many requests the component is through with, whether their clients are still there or not.
    pub answered: Arc<AtomicUsize>,
}

/// The emulator that a component keeps its things in.
pub async fn emulator() -> Emulator {
    let bucket = BucketSpec::new(BUCKET).region(REGION);
    Emulator::builder().bucket(bucket).access_key("LTAI-test", SECRET).start().await.expect("the emulator starts")
}

/// Serves a component, whose instances serve so many requests each, with these variables and those of an emulator's bucket.
pub async fn serve(linked: &ServicePre<State>, requests_each: usize, variables: &[(&str, &str)]) -> Served {
    let emulator = emulator().await;
    let endpoint = emulator.endpoint();
    let bucket = [
        ("OSS_ENDPOINT", endpoint.as_str()),
        ("OSS_BUCKET", BUCKET),
        ("OSS_REGION", REGION),
        ("OSS_ACCESS_KEY_ID", "LTAI-test"),
        ("OSS_ACCESS_KEY_SECRET", SECRET),
    ];
    let environment = bucket.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = environment.collect();
    let instances =
        Arc::new(Instances { linked: linked.clone(), environment, requests_each, newest: Mutex::new(None) });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let [begun, answered] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let counts = (begun.clone(), answered.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (instances, (begun, answered)) = (instances.clone(), counts.clone());
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let (instances, answered) = (instances.clone(), answered.clone());
                begun.fetch_add(1, Relaxed);
                let handled = tokio::spawn(async move {
                    let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
                    let response = instances.answer(request).await;
                    answered.fetch_add(1, Relaxed);
                    response
                });
                async { handled.await.expect("no panic") }
            });
            // That a connection breaks, its client sees.
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Served { address, emulator, begun, answered }
}

/// Waits until it holds, as long as a loaded machine may take.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}
