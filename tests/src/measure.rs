//! What benchmarks share: the runtime of the emulator, processor time without the emulator's, turns and medians.
//!
//! The emulator runs in the benchmark's process. Its threads have a name of their own, so that the processor time of the
//! client under test is what the process took less what those threads took.

use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// The name of the emulator's threads. Linux keeps 15 bytes of a thread's name.
const EMULATOR: &str = "oss-emulator";

/// A runtime for the emulator of a benchmark. [`measure`] leaves its threads out.
pub fn emulator_runtime() -> Runtime {
    // A thread that ends takes its account with it, so threads for blocking work are kept.
    let builder = &mut Builder::new_multi_thread();
    builder.worker_threads(2).thread_name(EMULATOR).thread_keep_alive(Duration::from_secs(3600)).enable_all();
    builder.build().expect("a runtime")
}

/// What one round took.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Seconds by the clock.
    pub seconds: f64,
    /// Seconds of processor time, of all threads but the emulator's. 0 where the system does not say (only Linux does).
    pub processor: f64,
}

impl Sample {
    /// The same for one of so many calls or MiB.
    pub fn per(self, count: f64) -> Self {
        Self { seconds: self.seconds / count, processor: self.processor / count }
    }
}

/// Runs something and measures it.
pub fn measure<T>(what: impl FnOnce() -> T) -> (T, Sample) {
    let (processor, start) = (processor_seconds(), Instant::now());
    let value = what();
    let seconds = start.elapsed().as_secs_f64();
    (value, Sample { seconds, processor: processor_seconds() - processor })
}

/// Seconds of processor time that this process took, without the emulator's threads.
#[cfg(not(target_os = "linux"))]
fn processor_seconds() -> f64 {
    0.0
}

/// Seconds of processor time that this process took, without the emulator's threads.
#[cfg(target_os = "linux")]
fn processor_seconds() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let emulator = tasks
        .flatten()
        .filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim_end() == EMULATOR));
    // The first number is nanoseconds on a processor.
    let nanoseconds = emulator.filter_map(|task| {
        let account = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        account.split_whitespace().next()?.parse::<u64>().ok()
    });
    let emulator = nanoseconds.sum::<u64>() as f64 / 1e9;
    let process = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    process.tv_sec as f64 + process.tv_nsec as f64 / 1e9 - emulator
}

/// A baseline and what is compared with it, in each round.
pub struct Rounds(Vec<(Sample, Sample)>);

impl Rounds {
    /// Measures both in every round, each of them first in every other one: what comes second finds warm caches, and a
    /// machine that has grown slower. One round before those warms both up.
    pub fn run(rounds: usize, mut baseline: impl FnMut() -> Sample, mut compared: impl FnMut() -> Sample) -> Self {
        baseline();
        compared();
        Self(
            (0..rounds)
                .map(|round| {
                    if round % 2 == 0 {
                        let first = baseline();
                        (first, compared())
                    } else {
                        let first = compared();
                        (baseline(), first)
                    }
                })
                .collect(),
        )
    }

    /// The median of a figure of each round.
    pub fn median(&self, figure: impl Fn(&Sample, &Sample) -> f64) -> f64 {
        median(self.0.iter().map(|(baseline, compared)| figure(baseline, compared)))
    }
}

/// The median. Of an even count it is the mean of the two in the middle.
///
/// # Panics
/// There must be a value.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    if values.len() % 2 == 1 { values[upper] } else { f64::midpoint(values[upper - 1], values[upper]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 7: the upper middle of an even count was taken.
    #[test]
    fn median_of_an_even_count_is_the_mean_of_the_middle() {
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median([9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([5.0]), 5.0);
    }

    // 7: the baseline came first in every round.
    #[test]
    fn each_is_first_in_every_other_round() {
        let order = std::cell::RefCell::new(String::new());
        let turn = |name| {
            order.borrow_mut().push(name);
            Sample { seconds: 1.0, processor: 1.0 }
        };
        Rounds::run(3, || turn('b'), || turn('c'));
        assert_eq!(order.into_inner(), "bcbccbbc");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn processor_time_of_the_emulator_is_left_out() {
        fn compute() {
            // Of the processor's time: on a busy machine less of it passes than time, and the rest drowns in what is inexact.
            let processor = || Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime));
            let start = processor().unwrap();
            while processor().unwrap() - start < Duration::from_millis(200) {
                std::hint::black_box(0);
            }
        }
        let runtime = emulator_runtime();
        let (_, own) = measure(compute);
        let (_, other) = measure(|| runtime.block_on(runtime.spawn(async { compute() })));
        assert!(own.processor > 5.0 * other.processor.max(0.0), "{own:?} {other:?}");
        assert!(other.seconds >= 0.2);
    }
}
