//! How long a component computes without coming back to the host.
//!
//! wasmtime asks at every loop and call of the component whether the epoch has passed, and then calls back. The answer is
//! to yield to other tasks and to go on, or to stop. What has to be told apart is a component that has computed for
//! two seconds in one go from one that has answered two thousand calls in two seconds, and from one that could not go on
//! because the machine was busy. So only the time within polls of the loop counts, and it starts anew whenever the future
//! within the loop is polled, which never happens while the component computes. And it is processor time of the thread that
//! polls: on a busy machine that is a fraction of what passes.

use crate::engine::{Activity, ProcessorShare, TICK};
use crate::error::Retirement;
use crate::metrics::Meter;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use std::pin::Pin;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Relaxed},
};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::{Duration, Instant};
use tokio::task::yield_now;
use tokio::time::sleep_until;
use wasmtime::{Store, UpdateDeadline};

/// What has been seen of an instance from outside.
pub(super) struct CpuTime {
    clock: Mutex<Clock>,
    /// The component came back since the clock was last looked at. (It does so several times in a call, and a look at the
    /// clock each time would be felt.)
    came_back: AtomicBool,
    cpu: Duration,
    cpu_exceeded: AtomicBool,
    share: ProcessorShare,
    activity: Activity,
    meter: Arc<Meter>,
    memory_exceeded: Arc<OnceLock<Retirement>>,
}

struct Clock {
    /// When the poll in progress began.
    poll: Instant,
    /// When the poll in progress began, or when it was first seen that the component came back within it: at most a tick
    /// late.
    since: Instant,
    /// The thread's processor time at that moment. It is a call of the system's, so it is looked at only where the component
    /// has computed for long already.
    processor: Option<Duration>,
    /// What it has computed in polls before.
    before: Duration,
}

impl Clock {
    fn new() -> Self {
        let now = Instant::now();
        Self { poll: now, since: now, processor: None, before: Duration::ZERO }
    }

    /// For how long the component has computed in the poll in progress. What computes is asked at each tick, so a time that
    /// was not measured as the processor's is at most that.
    fn computed(&self) -> Duration {
        match self.processor {
            Some(before) => processor_time().saturating_sub(before),
            None => self.since.elapsed().min(TICK),
        }
    }
}

/// The processor time of this thread.
#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Elsewhere the time that passes stands for it.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGUN.elapsed()
}

impl CpuTime {
    /// `memory_exceeded` is set when the store wanted more memory than it may have.
    pub(super) fn new(
        cpu: Duration,
        memory_exceeded: Arc<OnceLock<Retirement>>,
        (share, activity): (ProcessorShare, Activity),
        meter: Arc<Meter>,
    ) -> Arc<Self> {
        Arc::new(Self {
            came_back: AtomicBool::new(false),
            clock: Mutex::new(Clock::new()),
            cpu,
            cpu_exceeded: AtomicBool::new(false),
            share,
            activity,
            meter,
            memory_exceeded,
        })
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the store report to here.
    pub(super) fn attach<T: 'static>(self: &Arc<Self>, store: &mut Store<T>) {
        let cpu_time = Arc::clone(self);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            // It may go on for long without being polled anew.
            cpu_time.activity.note();
            let (computed, polled) = {
                let mut clock = cpu_time.clock();
                if cpu_time.came_back.swap(false, Relaxed) {
                    (clock.since, clock.before) = (Instant::now(), Duration::ZERO);
                    clock.processor = Some(processor_time());
                }
                (clock.before + clock.computed(), clock.poll.elapsed())
            };
            Ok(if computed > cpu_time.cpu {
                cpu_time.cpu_exceeded.store(true, Relaxed);
                UpdateDeadline::Interrupt
            } else if polled < TICK {
                // The epoch passed while it slept.
                UpdateDeadline::Continue(1)
            } else {
                UpdateDeadline::Yield(1)
            })
        });
    }

    /// Measures the polls of the loop.
    pub(super) fn around<F: Future>(self: &Arc<Self>, event_loop: F) -> impl Future<Output = F::Output> {
        let (computed, pause) = (Duration::ZERO, None);
        MeteredEventLoop { event_loop: Box::pin(event_loop), cpu_time: Arc::clone(self), computed, pause }
    }

    /// Starts anew with each poll of the future within the loop. The loop polls it after every event of every call; it is
    /// woken for those that concern it.
    pub(super) fn within<F: Future>(self: &Arc<Self>, future: F) -> impl Future<Output = F::Output> {
        let woken = Arc::new(WakeFlag { again: AtomicBool::new(true), outer: AtomicWaker::new() });
        let waker = Waker::from(Arc::clone(&woken));
        Within { future: Box::pin(future), cpu_time: Arc::clone(self), woken, waker }
    }

    /// Why an instance failed, where what has been seen tells more than the error.
    pub(super) fn diagnose(&self, error: &wasmtime::Error) -> Retirement {
        if self.cpu_exceeded.load(Relaxed) {
            return Retirement::Cpu { limit: self.cpu };
        }
        if let Some(reason) = self.memory_exceeded.get() {
            return reason.clone();
        }
        let message = match error.downcast_ref::<wasmtime::Trap>() {
            Some(trap) => trap.to_string(),
            None => error.root_cause().to_string(),
        };
        Retirement::Trapped { message }
    }
}

struct MeteredEventLoop<F> {
    event_loop: Pin<Box<F>>,
    cpu_time: Arc<CpuTime>,
    /// What it computed since that was counted last. (What all tenants share is locked for that, so it is not done each time.)
    computed: Duration,
    /// What it waits for before it goes on.
    pause: Option<BoxFuture<'static, ()>>,
}

/// What it computes is counted when it is so much: a hundredth of what a thread has within a window.
///
/// That often it also lets the runtime look at what has come for others. A task that is woken by itself, as one that computes
/// is, keeps its thread from that for 61 turns, and if all threads have one, answers and clocks wait for so many times what a turn
/// takes.
const COUNTED: Duration = Duration::from_millis(1);

impl<F: Future> Future for MeteredEventLoop<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let begun = Instant::now();
        self.cpu_time.activity.note();
        {
            let mut clock = self.cpu_time.clock();
            clock.poll = begun;
            clock.since = clock.poll;
            clock.processor = (!clock.before.is_zero()).then(processor_time);
        }
        let polled = self.event_loop.as_mut().poll(cx);
        let mut clock = self.cpu_time.clock();
        clock.before = match self.cpu_time.came_back.swap(false, Relaxed) {
            true => Duration::ZERO,
            false => clock.before + clock.computed(),
        };
        drop(clock);
        self.count(begun, Instant::now());
        polled
    }
}

impl<F> MeteredEventLoop<F> {
    /// It was polled from then until now, which is time that a thread of the runtime gave it.
    fn count(&mut self, begun: Instant, now: Instant) {
        self.computed += now.saturating_duration_since(begun);
        if self.computed >= COUNTED {
            self.pause = Some(match self.spend(now) {
                Some(until) => sleep_until(until.into()).boxed(),
                None => yield_now().boxed(),
            });
        }
    }

    /// Counts what was not counted yet. Until when it has to pause, if it has to.
    fn spend(&mut self, now: Instant) -> Option<Instant> {
        let computed = std::mem::take(&mut self.computed);
        self.cpu_time.meter.computed.fetch_add(u64::try_from(computed.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.cpu_time.share.spend(computed, now)
    }
}

impl<F> Drop for MeteredEventLoop<F> {
    fn drop(&mut self) {
        // Instances that live for less than what is counted at once are many.
        self.spend(Instant::now());
    }
}

struct Within<F> {
    future: Pin<Box<F>>,
    cpu_time: Arc<CpuTime>,
    woken: Arc<WakeFlag>,
    waker: Waker,
}

/// Whether a future has been woken.
struct WakeFlag {
    again: AtomicBool,
    outer: AtomicWaker,
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.again.swap(true, AcqRel) {
            self.outer.wake();
        }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.cpu_time.came_back.store(true, Relaxed);
        self.woken.outer.register(cx.waker());
        if !self.woken.again.swap(false, AcqRel) {
            return Poll::Pending;
        }
        let Self { future, waker, .. } = &mut *self;
        future.as_mut().poll(&mut Context::from_waker(waker))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The limit counted the time that passed, so that a component on a busy machine reached it by waiting for its turn.
    #[test]
    fn what_waits_for_a_processor_does_not_compute() {
        const PAUSE: Duration = Duration::from_millis(100);
        let mut clock = Clock::new();
        std::thread::sleep(PAUSE);
        assert!(clock.computed() <= TICK, "{:?}", clock.computed());
        clock.processor = Some(processor_time());
        std::thread::sleep(PAUSE);
        assert!(clock.computed() < PAUSE / 2, "{:?}", clock.computed());
        while clock.computed() < PAUSE {
            std::hint::spin_loop();
        }
        assert!(clock.since.elapsed() >= 3 * PAUSE, "processor time passes no faster than time");
    }
}
