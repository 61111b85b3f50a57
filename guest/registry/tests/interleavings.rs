//! Uploads at several processes at once, in random order request by request, with faults, clients that go away and processes
//! that end: nothing is ever at a blob's place whose hash is not its name, and what was answered 201 is there.
//!
//! * `cargo test -p ossicle-registry --test interleavings` runs a fixed number of seeds.
//! * `OSSICLE_UPLOAD_SEEDS=20000 cargo test -p ossicle-registry --release --test interleavings -- --nocapture` runs so many.
//! * `OSSICLE_UPLOAD_SEED=1234 …` runs one, and prints what happens.

mod common;

use std::collections::BTreeMap;
use std::env;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{TestBody, World, blob_path, options, sha256, with_digest};
use http::{Method, Request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use ossicle_registry::Options;
use ossicle_registry::memory::{Driver, Fault, run};

/// The size of a part: uploads of a few chunks have several.
const PART: usize = 100;

/// How many things happen with one seed.
const STEPS: usize = 1500;

/// How many seeds a test runs by default: a few seconds' worth.
const SEEDS: u64 = 60;

/// How many requests to the registry are on their way at most.
const AT_ONCE: usize = 4;

/// A generator of numbers that a seed decides (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// So many times in a thousand.
    fn chance(&mut self, of_a_thousand: usize) -> bool {
        self.below(1000) < of_a_thousand
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What a client knows of an upload: a `Location`, and what it believes to have sent before.
#[derive(Clone)]
struct Known {
    location: String,
    content: Vec<u8>,
    /// Whether that is so: it sent all of it itself, and nobody told it that something is missing.
    is_sure: bool,
}

/// What a request was to do.
enum Action {
    Patch {
        after: Known,
    },
    /// `is_right`: the digest is that of what was sent, and all of that came.
    Put {
        digest: String,
        content: Vec<u8>,
        is_right: bool,
    },
    Get,
    Other,
}

struct Outcome {
    action: Action,
    status: u16,
    location: String,
    range: String,
}

struct InFlight {
    process: usize,
    what: String,
    future: Pin<Box<dyn Future<Output = Outcome>>>,
}

/// How often each status was answered, by method.
type Stats = BTreeMap<(&'static str, u16), u64>;

struct Fleet {
    random: Random,
    driver: Driver,
    durable: bool,
    processes: Vec<Rc<World>>,
    in_flight: Vec<InFlight>,
    known: Vec<Known>,
    created: BTreeMap<String, Vec<u8>>,
    checked: BTreeMap<String, Bytes>,
    stats: Stats,
    trace: bool,
}

/// Two contents that all clients draw from, so that different contents of one length are common.
fn chunk(stream: usize, from: usize, length: usize) -> impl Iterator<Item = u8> {
    (from..from + length).map(move |place| (place.wrapping_mul(7 + 6 * stream) ^ (place >> 4) ^ stream) as u8)
}

fn body(content: &[u8], breaks: bool) -> TestBody {
    let pieces = content.chunks(40).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))));
    let end = breaks.then(|| Err(std::io::Error::other("the client went away")));
    let pieces: Vec<_> = pieces.chain(end).collect();
    StreamBody::new(futures_util::stream::iter(pieces)).boxed()
}

impl Fleet {
    fn new(seed: u64, trace: bool) -> Self {
        let mut random = Random(seed);
        let driver = Driver::new(PART);
        driver.interleave();
        let mut faults = Random(random.next());
        let often = *random.pick(&[0, 5, 30]);
        driver.set_faults(move |_| {
            let fault = *faults.pick(&[Fault::RequestLost, Fault::ResponseLost, Fault::Refused]);
            faults.chance(often).then_some(fault)
        });
        let mut left = Random(random.next());
        driver.set_undeletable(move |_| left.chance(10 * often));
        let durable = random.chance(500);
        let processes = (0..3).map(|_| Rc::new(process(&driver, durable))).collect();
        let (in_flight, known, created, checked, stats) = Default::default();
        Self { random, driver, durable, processes, in_flight, known, created, checked, stats, trace }
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.trace {
            println!("{}", what());
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0 => {
                // A process ends with all that it has in memory.
                let which = self.random.below(self.processes.len());
                self.in_flight.retain(|request| request.process != which);
                self.processes[which] = Rc::new(process(&self.driver, self.durable));
                self.say(|| format!("process {which} ends and begins anew"));
            }
            1 if !self.in_flight.is_empty() => {
                let which = self.random.below(self.in_flight.len());
                let gone = self.in_flight.swap_remove(which);
                self.say(|| format!("given up: {}", gone.what));
            }
            2 => self.driver.advance(Duration::from_millis(700)),
            3 | 4 => self.begin(),
            5..20 if self.in_flight.len() < AT_ONCE => self.request(),
            _ if !self.in_flight.is_empty() => self.go_on(),
            _ => self.request(),
        }
    }

    fn begin(&mut self) {
        if self.known.len() < 400 {
            let location = run(async { self.processes[0].begin("a") });
            self.known.push(Known { location, content: Vec::new(), is_sure: true });
        }
    }

    /// Sends a request about one of the latest things that clients know, to any process.
    fn request(&mut self) {
        let Some(last) = self.known.len().checked_sub(1) else { return self.begin() };
        let back = self.random.below(8).min(last);
        let Known { location, content, is_sure } = self.known[last - back].clone();
        let process = self.random.below(self.processes.len());
        let length = *self.random.pick(&[0, 1, 30, 64, 100, 101, 150, 230]);
        let stream = self.random.below(2);
        let more: Vec<u8> = chunk(stream, content.len(), length).collect();
        let whole = [&content[..], &more].concat();
        match self.random.below(100) {
            0..55 => {
                let after = Known { location: String::new(), content: whole, is_sure };
                self.send(process, "PATCH", &location, more, content.len(), Action::Patch { after });
            }
            55..80 => {
                // Most clients name what they sent; some name what another one of the same length has sent.
                let (more, whole) = if self.random.chance(500) { (Vec::new(), content.clone()) } else { (more, whole) };
                let others: Vec<&Known> =
                    self.known.iter().filter(|known| known.content.len() == whole.len()).collect();
                let other =
                    (!others.is_empty() && self.random.chance(300)).then(|| others[self.random.below(others.len())]);
                let named = other.map_or(whole.clone(), |known| known.content.clone());
                let (digest, is_right) = (sha256(&named), is_sure && named == whole);
                let uri = with_digest(&location, &digest);
                self.send(process, "PUT", &uri, more, content.len(), Action::Put { digest, content: named, is_right });
            }
            80..92 => self.send(process, "GET", &location, Vec::new(), 0, Action::Get),
            92..94 => self.send(process, "DELETE", &location, Vec::new(), 0, Action::Other),
            _ => {
                let world = self.processes[process].clone();
                let future = Box::pin(async move {
                    let kept = world.registry.suspend_idle(Duration::ZERO).await;
                    let status = if kept.is_ok() { 200 } else { 503 };
                    Outcome { action: Action::Other, status, location: String::new(), range: String::new() }
                });
                self.in_flight.push(InFlight { process, what: format!("suspension at {process}"), future });
            }
        }
    }

    fn send(
        &mut self,
        process: usize,
        method: &'static str,
        uri: &str,
        content: Vec<u8>,
        from: usize,
        mut action: Action,
    ) {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(uri);
        if !content.is_empty() {
            if self.random.chance(400) {
                request = request.header("content-range", format!("{from}-{}", from + content.len() - 1));
            }
            if self.random.chance(500) {
                request = request.header("content-length", content.len());
            }
        }
        let breaks = !content.is_empty() && self.random.chance(80);
        if let Action::Put { is_right, .. } = &mut action {
            *is_right &= !breaks;
        }
        let request = request.body(body(&content, breaks)).unwrap();
        let what = format!("{method} of {} bytes at {process}, from {from}: {uri}", content.len());
        self.say(|| what.clone());
        let world = self.processes[process].clone();
        let future = Box::pin(async move {
            let response = world.registry.handle(request).await;
            let header = |name: &str| {
                response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
            };
            let (status, location, range) = (response.status().as_u16(), header("location"), header("range"));
            Outcome { action, status, location, range }
        });
        self.in_flight.push(InFlight { process, what, future });
    }

    /// Lets one of the requests go on until it sends its next request to OSS, or ends.
    fn go_on(&mut self) {
        let which = self.random.below(self.in_flight.len());
        let request = &mut self.in_flight[which];
        let Poll::Ready(outcome) = request.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            return;
        };
        let InFlight { what, .. } = self.in_flight.swap_remove(which);
        self.say(|| format!("{} {}: {what}", outcome.status, outcome.range));
        self.end(outcome);
    }

    fn end(&mut self, Outcome { action, status, location, range }: Outcome) {
        let method = match &action {
            Action::Patch { .. } => "PATCH",
            Action::Put { .. } => "PUT",
            Action::Get => "GET",
            Action::Other => "other",
        };
        *self.stats.entry((method, status)).or_default() += 1;
        let allowed: &[u16] = match action {
            Action::Patch { .. } => &[202, 400, 404, 409, 416, 503],
            Action::Put { is_right: true, .. } => &[201, 404, 409, 416, 503],
            Action::Put { .. } => &[201, 400, 404, 409, 416, 503],
            Action::Get => &[204, 404, 409, 503],
            Action::Other => &[200, 204, 404, 409, 503],
        };
        assert!(allowed.contains(&status), "{method} is answered {status}");
        match (action, status) {
            (Action::Patch { after }, 202) => {
                assert_eq!(range, format!("0-{}", after.content.len().saturating_sub(1)), "what was sent is counted");
                self.known.push(Known { location, ..after });
            }
            (Action::Put { digest, content, .. }, 201) => {
                self.created.insert(digest, content);
            }
            (Action::Get, 204) => {
                // Which content that is nobody tells: the client takes it for what was sent of that length.
                let length = range.strip_prefix("0-").unwrap().parse::<usize>().unwrap();
                let same: Vec<&Known> = self.known.iter().filter(|known| known.content.len() > length).collect();
                // An upload of one byte is told as an empty one is.
                if length > 0 && !same.is_empty() {
                    let content = same[self.random.below(same.len())].content[..=length].to_vec();
                    self.known.push(Known { location, content, is_sure: false });
                }
            }
            _ => {}
        }
    }

    /// Each file at a blob's place has the hash that its path names, and no other content ever comes there; what was answered
    /// 201 is there.
    fn check(&mut self) {
        for path in self.driver.paths().into_iter().filter(|path| path.contains("/v2/blobs/")) {
            let stored = self.driver.content(&path).unwrap();
            let known = self.checked.entry(path.clone()).or_insert_with(|| {
                assert_eq!(blob_path(&sha256(&stored)), path, "the content is another's");
                stored.clone()
            });
            assert_eq!(*known, stored, "{path} changed");
        }
        for (digest, content) in &self.created {
            assert_eq!(self.checked.get(&blob_path(digest)).map(|stored| &stored[..]), Some(&content[..]));
        }
    }

    /// Once nothing goes wrong any more an upload can be made at any processes, and nothing is left of all others.
    fn settle(mut self) -> Stats {
        self.in_flight.clear();
        self.driver.clear_faults();
        let [one, other, third] = [0, 1, 2].map(|which| self.processes[which].clone());
        for process in [&one, &other, &third] {
            run(process.registry.suspend_idle(Duration::ZERO)).unwrap();
        }
        let content: Vec<u8> = chunk(2, 0, 777).collect();
        let mut location = one.begin("b");
        for (process, part) in [(&one, &content[..250]), (&other, &content[250..500]), (&third, &content[500..])] {
            location = process.send("PATCH", &location, &[], part.to_vec()).expect(202).location();
            run(process.registry.suspend_idle(Duration::ZERO)).unwrap();
        }
        let digest = sha256(&content);
        one.send("PUT", &with_digest(&location, &digest), &[], "").expect(201);
        self.created.insert(digest, content);
        self.check();
        let left = |world: &World| {
            let files = world.driver.paths().into_iter().filter(|path| path.contains("/_uploads/")).count();
            (files, world.driver.open_uploads())
        };
        assert!(!self.driver.paths().iter().any(|path| path.contains("repositories/b/_uploads")));
        // Everything that is left is found a week later.
        self.driver.advance(Duration::from_secs(8 * 24 * 3600));
        let report = run(one.registry.purge_uploads(Duration::from_secs(7 * 24 * 3600), false)).unwrap();
        assert_eq!((left(&one), report.left), ((0, 0), Vec::new()));
        self.check();
        self.stats
    }
}

fn process(driver: &Driver, durable: bool) -> World {
    World::with(driver, Options { part_size: PART, durable_uploads: durable, ..options() })
}

fn simulate(seed: u64, trace: bool) -> Stats {
    let mut fleet = Fleet::new(seed, trace);
    for _ in 0..STEPS {
        fleet.step();
        fleet.check();
    }
    fleet.settle()
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn nothing_is_visible_whose_hash_is_not_its_name() {
    if let Some(seed) = number("OSSICLE_UPLOAD_SEED") {
        println!("{:?}", simulate(seed, true));
        return;
    }
    let mut all = Stats::new();
    for seed in 0..number("OSSICLE_UPLOAD_SEEDS").unwrap_or(SEEDS) {
        let told = std::panic::catch_unwind(|| simulate(seed, false));
        let stats = told.unwrap_or_else(|_| panic!("replay with OSSICLE_UPLOAD_SEED={seed}"));
        for (what, count) in stats {
            *all.entry(what).or_default() += count;
        }
    }
    println!("{all:?}");
    // What is looked for does happen: uploads are finished, go on elsewhere, and are refused.
    for (what, least) in
        [(("PUT", 201), 100), (("PATCH", 202), 1000), (("PATCH", 416), 50), (("PUT", 400), 100), (("GET", 204), 100)]
    {
        assert!(all.get(&what).is_some_and(|count| *count >= least), "{what:?}: {:?}", all.get(&what));
    }
}
