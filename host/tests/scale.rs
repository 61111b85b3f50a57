//! A thousand tenants of one engine on two threads: how much each of them takes while it does nothing, that a hundred of them at
//! work at once stay within what all may have, and that nothing of them is left when they do nothing again. A program of its
//! own, since it counts what its allocator gives out. (How fast they are, the benchmark `tenants` measures.)

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ossicle::{
    Allocation, Config, Credentials, Engine, EngineOptions, Limits, Tenant, TenantSettings, Tenants, TrustRoots,
};
use ossicle_emulator::{BucketSpec, Emulator};
use ossicle_fixtures::Counting;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::runtime::Builder;

#[global_allocator]
static MEMORY: Counting = Counting;

const TENANTS: usize = 1000;
const ACTIVE: usize = 100;
/// Room for fewer instances than there are tenants at work.
const INSTANCES: u32 = 64;
/// What a tenant may take of memory that does nothing, its config included.
const EACH: usize = 100 << 10;
/// In which anything happens that should, on a busy machine.
const SOON: Duration = Duration::from_secs(120);

fn name(number: usize) -> String {
    format!("tenant-{number:04}")
}

/// An emulator with a bucket for each tenant, behind TLS, and whom to trust.
async fn emulator() -> (Emulator, TrustRoots) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".into()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let tls = ServerConfig::builder().with_no_client_auth();
    let tls = tls.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    // It closes connections that are idle, as OSS does, though sooner.
    let builder = Emulator::builder().access_key("id", "very-secret").header_timeout(Duration::from_secs(1));
    let builder = (0..TENANTS).fold(builder, |builder, number| builder.bucket(BucketSpec::new(name(number))));
    (builder.tls(Arc::new(tls)).start().await.unwrap(), TrustRoots::none().pem(made.cert.pem()).unwrap())
}

fn settings(emulator: &Emulator, numbers: impl Iterator<Item = usize>) -> BTreeMap<String, TenantSettings> {
    let settings = |number| {
        let credentials = Credentials::new("id", "very-secret");
        let config =
            Config::new(name(number), "cn-hangzhou", credentials).endpoint(emulator.endpoint().parse().unwrap());
        (name(number), TenantSettings::new(config).limits(Limits::default().idle(Duration::from_millis(300))))
    };
    numbers.map(settings).collect()
}

/// What is allocated when it changes no more: what ends ends in tasks of its own.
fn allocated() -> usize {
    let mut before = Counting::now();
    let begun = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = Counting::now();
        if now.abs_diff(before) < 10_000 || begun.elapsed() > SOON {
            return now;
        }
        before = now;
    }
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < SOON, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn work(tenant: Tenant) {
    let certificates = tenant.certificates();
    let own = tenant.name().to_owned();
    for _ in 0..3 {
        certificates.store("sites/example.com.crt", own.clone().into_bytes()).await.unwrap();
        assert_eq!(*certificates.load("sites/example.com.crt").await.unwrap(), *own.as_bytes());
    }
}

#[test]
fn a_thousand_tenants_take_little_and_leave_nothing_running() {
    // The emulator's tasks and memory are not counted with the engine's.
    let mut servers = Builder::new_multi_thread();
    let servers = servers.worker_threads(2).on_thread_start(Counting::exempt_thread).enable_all().build().unwrap();
    let (emulator, trust) = servers.block_on(servers.spawn(emulator())).unwrap();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let options =
        EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")).runtime(runtime.handle().clone()).trust(trust);
    let options = options.allocation(Allocation::Pooled { instances: INSTANCES, memory: 256 << 20 });
    let engine = Engine::new(options).unwrap();
    let tasks = || runtime.metrics().num_alive_tasks();
    let tenants = Tenants::new(engine.clone());

    // What they have together is there from the first one on.
    tenants.apply(settings(&emulator, 0..1)).unwrap();
    let before = allocated();
    tenants.apply(settings(&emulator, 0..TENANTS)).unwrap();
    let configured = allocated();
    let each = configured.saturating_sub(before) / (TENANTS - 1);
    println!("a tenant that was never used takes {each} bytes");
    assert!(each < EACH, "{each} bytes");
    let usage = engine.usage();
    assert_eq!((usage.instances.used, usage.connections.used, usage.memory.used, tasks()), (0, 0, 0, 0));

    // All of them once, a hundred at a time, in room for 64.
    for first in (0..TENANTS).step_by(ACTIVE) {
        let present = (first..first + ACTIVE).map(|number| tenants.get(&name(number)).unwrap());
        let working: Vec<_> = present.map(|tenant| runtime.spawn(work(tenant))).collect();
        let over = runtime.spawn(join_all(working));
        while !over.is_finished() {
            let instances = engine.usage().instances.used;
            assert!(instances <= u64::from(INSTANCES), "{instances} instances");
            std::thread::sleep(Duration::from_millis(5));
        }
        runtime.block_on(over).unwrap().into_iter().for_each(|worked| worked.unwrap());
    }
    for tenant in tenants.all() {
        let metrics = tenant.metrics();
        assert_eq!((metrics.calls[&("load", "ok")], metrics.requests), (3, 6), "{}: {metrics:?}", tenant.name());
        assert!(metrics.instances >= 1, "each has an instance of its own: {metrics:?}");
    }

    // They do nothing again.
    until("instances stay", || engine.usage().instances.used == 0 && engine.usage().memory.used == 0);
    until("connections stay", || engine.usage().connections.used == 0);
    // Of each tenant one looks, for a minute, whether it has idle connections.
    until("tasks stay", || tasks() <= TENANTS);
    let idle = allocated().saturating_sub(before) / TENANTS;
    println!("a tenant that was used and is idle takes {idle} bytes");
    assert!(idle < EACH, "{idle} bytes");

    drop(tenants);
    until("tasks stay", || tasks() == 0);
    let left = allocated().saturating_sub(before);
    println!("of all of them {left} bytes are left");
    assert!(left < 50 * TENANTS, "{left} bytes");
}
