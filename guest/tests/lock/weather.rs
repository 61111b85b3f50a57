//! What goes wrong in a run of the simulation.

use ossicle_guest::ports::TransportErrorKind;

use crate::oss::{Reply, Request, SECOND};
use crate::random::Random;
use crate::world::{Copy, Fate};

/// What goes wrong in a run, each so many times in 1000.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub lost: u64,
    pub unanswered: u64,
    pub doubled: u64,
    pub slow: u64,
    pub refused: u64,
    pub stale: u64,
    pub crash: u64,
    pub freeze: u64,
    pub jump: u64,
    pub cancel: u64,
    pub forget: u64,
    pub skew: i64,
    /// How often fate looks at a process, at most, in seconds.
    pub looks: u64,
    /// How long a process freezes at most, in seconds.
    pub freezes: u64,
    /// Acquires alone that break the connection and arrive within a minute all the same.
    pub late_acquires: u64,
    /// Requests that certainly are not sent: the connection was refused.
    pub unsent: u64,
    /// How many callers share one instance, at most.
    pub callers: u64,
    /// Ends all waits of an instance for a name, or settles what dropped calls left.
    pub stops: u64,
    /// Calls for a lock that do not wait.
    pub tries: u64,
    /// Calls of one holder that run at once: renewals beside its work, and beside its release.
    pub overlaps: u64,
}

impl Weather {
    /// Every run has some kinds of faults and not others: rare orders of events come up more often so.
    pub fn of(random: &Random) -> Self {
        let some = |most: u64| if random.chance(500) { random.below(most) } else { 0 };
        Self {
            lost: some(150),
            unanswered: some(200),
            doubled: some(200),
            slow: some(250),
            refused: some(100),
            stale: if random.chance(250) { random.below(30) } else { 0 },
            crash: some(150),
            freeze: some(150),
            jump: some(200),
            cancel: some(200),
            forget: some(200),
            skew: i64::try_from(some(3 * SECOND)).unwrap(),
            looks: 40,
            freezes: 180,
            late_acquires: 0,
            unsent: some(150),
            callers: if random.chance(600) { random.range(2, 5) } else { 1 },
            stops: some(300),
            tries: 200,
            overlaps: some(800),
        }
    }

    /// What happens to a request.
    pub fn fate(&self, request: &Request, random: &Random) -> Fate {
        let delay = || if random.chance(self.slow) { random.below(90 * SECOND) } else { 2000 + random.below(40_000) };
        let skew = || {
            let half = self.skew / 2;
            i64::try_from(random.below(self.skew.unsigned_abs().max(1))).unwrap() - half
        };
        let copy = |answers| Copy {
            arrives: delay(),
            // Half a second between the check and the deed.
            commits: if request.is_guarded() && random.chance(200) { random.below(SECOND / 2) } else { 0 },
            answers,
            skew: skew(),
            stale: request.method == "GET" && request.object.starts_with("locks/") && random.chance(self.stale),
            ..Copy::default()
        };
        let fails = || Some((20_000 + random.below(5 * SECOND), TransportErrorKind::Broken));
        if self.late_acquires > 0 && request.kind() == Some('A') && random.chance(self.late_acquires) {
            return Fate::late(random.below(60 * SECOND));
        }
        if random.chance(self.lost) {
            return Fate { copies: Vec::new(), fails: fails() };
        }
        if random.chance(self.unsent) {
            return Fate { copies: Vec::new(), fails: Some((random.below(SECOND), TransportErrorKind::NotSent)) };
        }
        if random.chance(self.refused) {
            let status = [500, 503, 429, 408][random.below(4) as usize];
            let instead = Some(Reply::error(status, "Busy"));
            return Fate::of(Copy { instead, ..copy(Some(delay())) });
        }
        let answers = if random.chance(self.unanswered) { None } else { Some(delay()) };
        let mut copies = vec![copy(answers)];
        // The transport repeats nothing, and a lock can't tell a copy that nobody sent; but to the log copies do no harm.
        if !request.is_guarded() && random.chance(self.doubled) {
            copies.push(copy(if random.chance(500) { Some(delay()) } else { None }));
        }
        let fails = if answers.is_none() || random.chance(self.unanswered) { fails() } else { None };
        Fate { copies, fails }
    }
}

/// Callers that lose patience while their requests are late.
pub fn impatient(weather: &mut Weather) {
    *weather = Weather { cancel: 600, late_acquires: 600, crash: 0, slow: 0, lost: 0, ..*weather };
}

/// Processes that stop between looking and sending again, while the first copy lands.
pub fn frozen(weather: &mut Weather) {
    *weather = Weather { freeze: 400, looks: 20, freezes: 60, late_acquires: 700, slow: 0, crash: 0, ..*weather };
}

/// Instances that many callers share, some of which are stopped while their requests are late.
pub fn crowded(weather: &mut Weather) {
    *weather = Weather {
        callers: 4,
        stops: 500,
        tries: 500,
        cancel: 300,
        late_acquires: 500,
        crash: 0,
        slow: 0,
        lost: 0,
        unsent: 0,
        ..*weather
    };
}
