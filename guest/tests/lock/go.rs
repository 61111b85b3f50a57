//! The algorithm of the Go module, in its own words but as it is, to see whether the simulation notices what is wrong with
//! it: create the object if it is absent, look whether it is expired by one's own clock, delete it unconditionally.
//!
//! Seed 1, with right clocks and no message lost, half a second in which a crashed holder's lock is taken over by two:
//!
//! ```text
//! 4321.193 process 0 has seen it expired and sends DELETE      4321.407 so has process 3, and sends DELETE
//! 4321.267 OSS deletes the old lock                            4321.475 process 1 sends PUT
//! 4321.412 OSS takes process 0's PUT                           4321.563 OSS deletes process 0's fresh lock
//! 4321.484 process 0 holds                                     4321.645 OSS takes process 1's PUT
//!                                                              4321.815 process 1 holds as well
//! ```

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use ossicle_guest::message::{Method, Request};
use ossicle_guest::ports::{Clock as _, ExchangeTimeouts, Transport as _};

use crate::oss::{EPOCH, Reply, SECOND, Versioning};
use crate::random::Random;
use crate::world::{Copy, Fate, Node, World};

pub const OBJECT: &str = "name.lock";
const EXPIRATION: u64 = 300;

/// What a run is allowed to do to the Go module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kindness {
    /// No message is lost or late, and clocks are right.
    pub perfect: bool,
    /// Holders are done before their lock expires.
    pub quick: bool,
    pub versioned: bool,
}

pub struct Go {
    pub node: Node,
    pub number: usize,
    pub random: Random,
    pub kindness: Kindness,
    /// Who is inside, each until its lock expires by a right clock.
    pub inside: Rc<RefCell<Vec<(usize, u64)>>>,
    pub violation: Rc<RefCell<Option<String>>>,
}

impl Go {
    /// One request; its SDK repeats what was not answered.
    async fn send(&self, method: Method) -> Reply {
        for _ in 0..3 {
            let request = Request {
                method,
                secure: true,
                authority: "bucket.oss-cn-hangzhou.aliyuncs.com".into(),
                path_with_query: format!("/{OBJECT}"),
                headers: vec![("x-oss-forbid-overwrite".into(), b"true".to_vec())],
                body: Bytes::new(),
            };
            let wait = Duration::from_secs(20);
            let timeouts = ExchangeTimeouts { connect: wait, first_byte: wait, between_bytes: wait };
            if let Ok(answer) = self.node.send(request, timeouts).await {
                let modified = answer.headers.get("last-modified").map(|text| text.into_owned());
                return Reply {
                    status: answer.status,
                    headers: modified.map(|text| ("last-modified", text)).into_iter().collect(),
                    body: Bytes::new(),
                };
            }
        }
        Reply { status: 0, headers: Vec::new(), body: Bytes::new() }
    }

    async fn lock(&self) {
        loop {
            if self.send(Method::Put).await.status == 200 {
                return;
            }
            let head = self.send(Method::Head).await;
            let expired = head.get("last-modified").is_some_and(|modified| {
                let modified = EPOCH + seconds_of_day(modified).saturating_sub(seconds_of_day(START));
                self.node.now().as_secs() > modified + EXPIRATION
            });
            if head.status == 200 && expired {
                self.send(Method::Delete).await;
                continue;
            }
            self.node.sleep(Duration::from_secs(1)).await;
        }
    }

    fn enters(&self, now: u64, until: u64) {
        let mut inside = self.inside.borrow_mut();
        inside.retain(|(_, until)| *until > now);
        if let Some((other, _)) = inside.first() {
            let message = format!("{other} and {} hold the lock", self.number);
            self.violation.borrow_mut().get_or_insert(message);
        }
        inside.push((self.number, until));
    }

    pub async fn live(&self) {
        loop {
            self.lock().await;
            let now = self.node.world().now();
            let until = now + EXPIRATION * SECOND;
            self.node.world().note(|| format!("process {} holds", self.number));
            self.enters(now, until);
            let longest = if self.kindness.quick { 200 } else { 500 };
            self.node.sleep(Duration::from_secs(self.random.below(longest))).await;
            self.inside.borrow_mut().retain(|(number, _)| *number != self.number);
            // One in five crashes instead of unlocking.
            if !self.random.chance(200) {
                self.send(Method::Delete).await;
            }
            self.node.sleep(Duration::from_secs(self.random.below(60))).await;
        }
    }
}

const START: &str = "Thu, 28 May 2026 20:26:40 GMT";

/// A run never crosses midnight.
fn seconds_of_day(date: &str) -> u64 {
    let part = |range: std::ops::Range<usize>| date[range].parse::<u64>().unwrap();
    part(17..19) * 3600 + part(20..22) * 60 + part(23..25)
}

fn run(seed: u64, kindness: Kindness) -> Result<(), (String, Vec<String>)> {
    let random = Random::new(seed);
    let versioning = if kindness.versioned { Versioning::Enabled } else { Versioning::Never };
    let world = World::new(random.next(), versioning);
    world.keep_trace();
    let (inside, violation) = (Rc::<RefCell<Vec<(usize, u64)>>>::default(), Rc::<RefCell<Option<String>>>::default());
    let chance = world.random();
    world.set_fate(move |_, _| {
        let delay = 2000 + chance.below(200_000);
        if kindness.perfect {
            return Fate::of(Copy { arrives: delay, answers: Some(delay), ..Copy::default() });
        }
        match chance.below(100) {
            0..3 => Fate::lost(),
            3..6 => Fate::unanswered(),
            6..10 => Fate::of(Copy { arrives: chance.below(20 * SECOND), answers: Some(delay), ..Copy::default() }),
            _ => Fate::of(Copy { arrives: delay, answers: Some(delay), ..Copy::default() }),
        }
    });
    for number in 0..4 {
        let wall = if kindness.perfect { 0 } else { i64::try_from(random.below(800)).unwrap() - 400 };
        let go = Go {
            node: world.node(0, wall).numbered(number),
            number,
            random: world.random(),
            kindness,
            inside: inside.clone(),
            violation: violation.clone(),
        };
        world.spawn(&go.node.clone(), async move { go.live().await });
    }
    while world.now() < 10_000 * SECOND && violation.borrow().is_none() && world.step() {}
    match violation.take() {
        Some(message) => Err((message, world.trace())),
        None => Ok(()),
    }
}

fn caught(kindness: Kindness) -> (u64, String, Vec<String>) {
    (0..500)
        .find_map(|seed| run(seed, kindness).err().map(|(message, trace)| (seed, message, trace)))
        .unwrap_or_else(|| panic!("the simulation does not notice: {kindness:?}"))
}

#[test]
fn the_go_modules_lock_is_caught_in_the_kindest_world() {
    // C1: perfect clocks, no message lost, everybody quick; one holder crashes, and two take over.
    let kindness = Kindness { perfect: true, quick: true, versioned: false };
    let (seed, message, trace) = caught(kindness);
    println!("Go, perfect world: seed {seed}: {message}");
    let from = trace.len().saturating_sub(24);
    trace[from..].iter().for_each(|line| println!("{line}"));
    let takeover = trace.iter().rev().take(40).any(|line| line.contains("OSS DELETE"));
    assert!(takeover, "it is the takeover that breaks it");
}

#[test]
fn the_go_modules_lock_is_caught_everywhere_else() {
    for kindness in [
        Kindness { perfect: true, quick: false, versioned: false },
        Kindness { perfect: false, quick: true, versioned: false },
        Kindness { perfect: true, quick: true, versioned: true },
    ] {
        let (seed, message, _) = caught(kindness);
        println!("Go, {kindness:?}: seed {seed}: {message}");
    }
}
