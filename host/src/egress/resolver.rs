//! From a host to the addresses that may be connected to.
//!
//! Names are looked up by the operating system, as `/etc/hosts`, `nsswitch.conf` and the search domains say, in a function that
//! blocks its thread for as long as name servers do not answer: half a minute and more. So lookups have threads of their
//! own, where they keep nothing else waiting. A tenant has at most one for each host that its config names, two as a rule:
//! requests that want the same host share one, and what it found serves those of the next half minute.

use super::error::WireError;
use crate::admission::Share;
use crate::config::{AddressRule, is_localhost};
use crate::error::{Error, SetupProblem};
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

/// Names that the operator has bound to addresses himself, as `curl --resolve` does: `host:port`, both as requests have
/// them. Such an address is not checked: whoever binds the name has said where it is.
pub(crate) type Bindings = BTreeMap<(String, u16), SocketAddr>;

/// A thread that has nothing to look up goes after so long.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How long addresses are used. The operating system does not tell how long they hold; OSS's have a minute or more, and
/// connections are kept anyway.
const FRESH: Duration = Duration::from_secs(30);

/// How long a failure is not asked about again: as long as the attempts of one call follow each other.
const FAILED: Duration = Duration::from_secs(1);

/// Looks a name up, and blocks its thread meanwhile.
type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Looks names up for all tenants of an engine.
#[derive(Clone)]
pub(crate) struct Resolver(Arc<Threads>);

struct Threads {
    handle: Handle,
    /// None once it is dropped.
    runtime: Option<Runtime>,
    lookup: Arc<Lookup>,
}

/// The names that a tenant looked up.
#[derive(Clone)]
pub(crate) struct Names {
    resolver: Resolver,
    /// In the lookups of all tenants.
    share: Share,
    bindings: Arc<Bindings>,
    known: Arc<Mutex<HashMap<String, Answer>>>,
}

/// What is known of a name: what a lookup found, or will.
type Answer = watch::Receiver<Option<Found>>;

#[derive(Clone)]
struct Found {
    addresses: Result<Arc<[IpAddr]>, Arc<str>>,
    until: Instant,
}

impl Resolver {
    /// By the operating system, with so many threads.
    ///
    /// Fails with [`Error::Engine`].
    pub(crate) fn new(threads: usize) -> Result<Self, Error> {
        Self::by(Arc::new(system), threads)
    }

    pub(super) fn by(lookup: Arc<Lookup>, threads: usize) -> Result<Self, Error> {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.max_blocking_threads(threads).thread_keep_alive(KEEP_ALIVE).thread_name("ossicle-dns");
        let runtime = runtime
            .build()
            .map_err(|error| Error::Engine(SetupProblem::of(format!("no threads for lookups: {error}"), error)))?;
        Ok(Self(Arc::new(Threads { handle: runtime.handle().clone(), runtime: Some(runtime), lookup })))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // One that waits for a name server must not keep anybody who drops an engine.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn system(host: &str) -> io::Result<Vec<IpAddr>> {
    // The port is none that is used: it belongs to the function's argument.
    Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
}

impl Names {
    pub(crate) fn new(resolver: Resolver, share: Share, bindings: Arc<Bindings>) -> Self {
        Self { resolver, share, bindings, known: Arc::default() }
    }

    /// The addresses of a host, none of which lies beyond `reach`.
    pub(super) async fn resolve(
        &self,
        host: &str,
        port: u16,
        reach: AddressRule,
    ) -> Result<Vec<SocketAddr>, WireError> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if let Some(address) = self.bindings.get(&(host.clone(), port)) {
            return Ok(vec![*address]);
        }
        let found: Vec<IpAddr> = if let Ok(address) = host.parse::<IpAddr>() {
            vec![address]
        } else if host != "localhost" && is_localhost(&host) {
            // Many resolvers do not know the names below localhost, though RFC 6761 says where they are.
            vec![Ipv4Addr::LOCALHOST.into()]
        } else {
            self.look_up(&host).await?.to_vec()
        };
        if found.is_empty() {
            return Err(WireError::Dns("no address".to_owned()));
        }
        let allowed = found.iter().filter(|address| reach.includes(**address));
        let allowed: Vec<SocketAddr> = allowed.map(|address| SocketAddr::new(*address, port)).collect();
        if allowed.is_empty() {
            tracing::warn!(host, addresses = ?found, "connection refused: no bucket has such an address");
            return Err(WireError::Prohibited(found));
        }
        Ok(allowed)
    }

    /// What the newest lookup found, or one that is under way will find.
    async fn look_up(&self, host: &str) -> Result<Arc<[IpAddr]>, WireError> {
        let mut answer = self.answer(host);
        let found = match answer.wait_for(Option::is_some).await {
            Ok(found) => found.clone(),
            // The runtime is gone.
            Err(_) => None,
        };
        match found.map(|found| found.addresses) {
            Some(Ok(addresses)) => Ok(addresses),
            Some(Err(reason)) => Err(WireError::Dns(reason.to_string())),
            None => Err(WireError::Dns("the lookup was given up".to_owned())),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, host: &str) -> Answer {
        let mut known = self.known();
        if let Some(answer) = known.get(host) {
            // A lookup that died with its runtime is begun anew.
            let is_good = match &*answer.borrow() {
                Some(found) => Instant::now() < found.until,
                None => answer.has_changed().is_ok(),
            };
            if is_good {
                return answer.clone();
            }
        }
        let (tell, answer) = watch::channel(None);
        known.insert(host.to_owned(), answer.clone());
        drop(known);
        let (host, lookup) = (host.to_owned(), Arc::clone(&self.resolver.0.lookup));
        let threads = self.resolver.0.handle.clone();
        self.share.when_granted(move |held| {
            threads.spawn_blocking(move || {
                let addresses = lookup(&host).map(Arc::from).map_err(|error| Arc::from(error.to_string()));
                let fresh = if addresses.is_ok() { FRESH } else { FAILED };
                tell.send_replace(Some(Found { addresses, until: Instant::now() + fresh }));
                drop(held);
            });
        });
        answer
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Bound;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::mpsc;
    use tokio::time::timeout;

    const THREADS: usize = 8;
    const ANY: AddressRule = AddressRule { loopback: true, private: true, metadata: true };
    const SOON: Duration = Duration::from_secs(10);

    /// A resolver whose name server answers for `good`, and for nothing else until it is told to.
    struct Server {
        resolver: Resolver,
        bound: Arc<Bound>,
        asked: Arc<AtomicUsize>,
        /// Dropped, it fails all that wait.
        _silence: mpsc::Sender<()>,
    }

    impl Server {
        fn new() -> Self {
            let (silence, silent) = mpsc::channel::<()>();
            let silent = Mutex::new(silent);
            let asked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&asked);
            let lookup = move |host: &str| {
                count.fetch_add(1, SeqCst);
                if host.starts_with("good") {
                    return Ok(vec![IpAddr::from([192, 0, 2, 1])]);
                }
                if host.starts_with("silent") {
                    drop(silent.lock().map(|silent| silent.recv()));
                }
                Err(io::Error::other("no such name"))
            };
            Self {
                resolver: Resolver::by(Arc::new(lookup), THREADS).unwrap(),
                bound: Bound::new(THREADS as u64),
                asked,
                _silence: silence,
            }
        }

        fn tenant(&self) -> Names {
            Names::new(self.resolver.clone(), self.bound.share(), Arc::default())
        }
    }

    /// 3.5: a name server that never answers keeps nobody else waiting, not even the same tenant's other host, and is asked
    /// once.
    #[tokio::test]
    async fn one_that_never_answers_stops_nobody() {
        let server = Server::new();
        let (hostile, other) = (server.tenant(), server.tenant());
        let hundreds = (0..600).map(|_| hostile.resolve("silent.example", 443, ANY));
        let hundreds = timeout(Duration::from_millis(200), futures_util::future::join_all(hundreds));
        assert!(hundreds.await.is_err());
        assert_eq!(server.asked.load(SeqCst), 1, "they share a lookup");
        // Whoever gave up and comes again joins it.
        assert!(timeout(Duration::from_millis(50), hostile.resolve("silent.example", 443, ANY)).await.is_err());
        assert_eq!(server.asked.load(SeqCst), 1);
        for tenant in [&hostile, &other] {
            let found = timeout(SOON, tenant.resolve("good.example", 443, ANY)).await.expect("not kept waiting");
            assert_eq!(found.unwrap(), [SocketAddr::from(([192, 0, 2, 1], 443))]);
        }
        // Nor the threads that files are read in.
        timeout(SOON, tokio::task::spawn_blocking(|| ())).await.expect("not kept waiting").unwrap();
    }

    /// Whatever many hosts a tenant has, and whoever answers for them.
    #[tokio::test]
    async fn a_tenant_whose_name_servers_are_dead_leaves_threads_to_others() {
        let server = Server::new();
        let (hostile, other) = (server.tenant(), server.tenant());
        let hosts: Vec<String> = (0..3 * THREADS).map(|number| format!("silent-{number}.example")).collect();
        let all = hosts.iter().map(|host| hostile.resolve(host, 443, ANY));
        assert!(timeout(Duration::from_millis(200), futures_util::future::join_all(all)).await.is_err());
        assert_eq!(server.asked.load(SeqCst), THREADS / 2, "half of them");
        timeout(SOON, other.resolve("good.example", 443, ANY)).await.expect("not kept waiting").unwrap();
    }

    /// 3.5: what was found is used for a while, a failure for a moment, and each tenant has its own.
    #[tokio::test]
    async fn what_was_found_is_kept_for_its_tenant() {
        let server = Server::new();
        let tenant = server.tenant();
        for _ in 0..3 {
            tenant.resolve("good.example", 80, ANY).await.unwrap();
            tenant.resolve("GOOD.example", 443, ANY).await.unwrap();
        }
        assert_eq!(server.asked.load(SeqCst), 1);
        server.tenant().resolve("good.example", 80, ANY).await.unwrap();
        assert_eq!(server.asked.load(SeqCst), 2);
        for _ in 0..3 {
            let fault = tenant.resolve("none.example", 80, ANY).await.unwrap_err();
            assert_eq!(fault, WireError::Dns("no such name".to_owned()));
        }
        assert_eq!(server.asked.load(SeqCst), 3);
        tokio::time::sleep(FAILED).await;
        tenant.resolve("none.example", 80, ANY).await.unwrap_err();
        assert_eq!(server.asked.load(SeqCst), 4);
    }

    #[tokio::test]
    async fn what_is_found_is_held_against_what_may_be_reached() {
        let public = AddressRule { loopback: false, private: false, metadata: false };
        let tenant = Names::new(Resolver::new(1).unwrap(), Bound::new(1).share(), Arc::default());
        for host in ["localhost", "x.localhost", "127.0.0.1", "[::1]"] {
            let refused = tenant.resolve(host, 80, public).await;
            assert!(matches!(refused, Err(WireError::Prohibited(addresses)) if !addresses.is_empty()), "{host}");
            assert!(tenant.resolve(host, 80, ANY).await.is_ok_and(|found| !found.is_empty()), "{host}");
        }
    }

    /// An engine can be dropped while a lookup is under way.
    #[tokio::test]
    async fn a_lookup_under_way_keeps_nobody() {
        let server = Server::new();
        let tenant = server.tenant();
        assert!(timeout(Duration::from_millis(50), tenant.resolve("silent.example", 443, ANY)).await.is_err());
        drop(tenant);
        let begun = Instant::now();
        let Server { resolver, _silence, .. } = server;
        drop(resolver);
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
