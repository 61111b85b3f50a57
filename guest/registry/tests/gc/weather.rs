//! What goes wrong in a run of the simulation, each so many times in 1000 but where said.

/// A second of the world's time, which is counted in milliseconds.
pub const SECOND: u64 = 1000;

#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// A process pauses between two steps, for as long as five minutes or longer.
    pub pauses: u64,
    /// A request or a response is lost.
    pub lost: u64,
    /// A second copy of a request arrives.
    pub doubled: u64,
    /// A request arrives just inside its deadline, or just outside.
    pub edge: u64,
    /// The same for appends, and for deletes by collectors.
    pub edge_appends: u64,
    pub edge_deletes: u64,
    /// A request takes up to [`Weather::lag`] from the check of its deadline to its effect, or its `Date` is late by that.
    pub lagging: u64,
    /// A request without a deadline, or whose deadline is far, is late.
    pub late: u64,
    /// L in milliseconds.
    pub lag: u64,
    /// K in milliseconds.
    pub skew: u64,
    /// After how long a process freezes or crashes, in seconds, on average.
    pub crash: u64,
    /// How much of that is freezing.
    pub frozen: u64,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            pauses: 30,
            lost: 20,
            doubled: 50,
            edge: 100,
            edge_appends: 100,
            edge_deletes: 100,
            lagging: 150,
            late: 80,
            lag: 5 * SECOND,
            skew: 2 * SECOND,
            crash: 900,
            frozen: 400,
        }
    }
}
