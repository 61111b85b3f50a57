//! The task that owns a store.

use super::cpu_time::CpuTime;
use super::credentials::{GivenVersions, Supplies};
use super::guest::Guest;
use super::handle::{End, Instance, Ticket};
use super::job::Job;
use super::log_filter::quietly;
use super::opening::Opening;
use crate::admission::Admission;
use crate::egress::Egress;
use crate::engine::{Generation, MemoryLimit, Shared, StoreData};
use crate::error::Retirement;
use crate::limits::Limits;
use crate::metrics::Meter;
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tracing::Instrument;
use wasmtime::Store;

type Jobs = UnboundedReceiver<Box<dyn Job>>;

/// What it takes to start an instance.
pub(crate) struct Start {
    pub(crate) engine: Arc<Shared>,
    pub(crate) generation: Arc<Generation>,
    pub(crate) egress: Egress,
    pub(crate) limits: Arc<Limits>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) supplies: Arc<Supplies>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) opening: Opening,
    pub(crate) tenant: Arc<str>,
}

/// Starts an instance with a first call inside. It serves until it takes no more calls and the last one has left, or it
/// fails, which it may have done before this returns.
pub(crate) fn start(start: Start) -> (Arc<Instance>, Option<Ticket>) {
    let (instance, mut jobs) =
        Instance::new(start.generation.number, Arc::clone(start.engine.capacity()), Arc::clone(&start.admission));
    let ticket = instance.enter(start.limits.calls_per_instance, start.limits.age);
    let span = tracing::info_span!(parent: None, "instance", tenant = &*start.tenant);
    let engine = Arc::clone(&start.engine);
    let task = {
        let instance = Arc::clone(&instance);
        async move {
            let meter = Arc::clone(&start.meter);
            // A panic in here, ours or wasmtime's, is the end of this instance and of nothing else.
            let served = AssertUnwindSafe(serve(&instance, start, &mut jobs)).catch_unwind().await;
            let end = served.unwrap_or(End::Retired(Retirement::Panicked));
            match &end {
                End::Retired(reason) => {
                    meter.retirement(reason);
                    match reason {
                        Retirement::Idle | Retirement::WornOut | Retirement::Replaced | Retirement::Closed => {
                            tracing::debug!(%reason, "instance dropped");
                        }
                        _ => tracing::warn!(%reason, "instance stopped"),
                    }
                }
                End::Refused(error) => tracing::warn!(%error, "the component refuses the config"),
                End::Broken(reason) => tracing::error!(reason, "the component does not start"),
            }
            instance.end(end);
            jobs.close();
            // To the very last: one that is being sent at this moment comes too.
            while let Some(job) = jobs.recv().await {
                job.hand_back();
            }
        }
    };
    engine.runtime().spawn(quietly(task).instrument(span));
    engine.runtime().spawn({
        let instance = Arc::clone(&instance);
        async move {
            tokio::select! {
                _ = instance.ended() => {}
                never = instance.deadlines.watch() => match never {},
            }
        }
    });
    (instance, ticket)
}

async fn serve(instance: &Arc<Instance>, start: Start, jobs: &mut Jobs) -> End {
    let engine = Arc::clone(&start.engine);
    let _room = tokio::select! {
        biased;
        room = engine.capacity().room() => room,
        reason = instance.drained() => return End::Retired(reason),
    };
    start.meter.instances.fetch_add(1, Relaxed);

    let limits = Arc::clone(&start.limits);
    let memory = MemoryLimit::new(limits.memory, Arc::clone(&start.meter));
    let cpu_time = CpuTime::new(limits.cpu, limits.memory, memory.exceeded());
    let mut store = Store::new(&start.generation.engine, StoreData::new(memory, start.egress.clone(), limits.handles));
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(limits.hostcall_bytes);
    store.set_max_component_handles(limits.handles);
    cpu_time.attach(&mut store);

    let dismissal = dismissal(Arc::clone(instance), limits.idle, engine.runtime());
    let event_loop = cpu_time.around(run(&mut store, &cpu_time, instance, start, jobs));
    tokio::select! {
        biased;
        end = event_loop => end,
        Ok(reason) = dismissal => End::Retired(reason),
    }
}

/// Comes when the instance is not wanted any more. What it takes to know that is waited for in a task of its own: here it
/// would be looked at anew after every event of every call.
fn dismissal(instance: Arc<Instance>, idle: Duration, runtime: &Handle) -> oneshot::Receiver<Retirement> {
    let (dismiss, dismissal) = oneshot::channel();
    runtime.spawn(async move {
        let reason = tokio::select! {
            biased;
            _ = instance.ended() => return,
            reason = instance.drained() => reason,
            reason = instance.idle(idle) => reason,
        };
        // It may have ended meanwhile.
        drop(dismiss.send(reason));
    });
    dismissal
}

async fn run(
    store: &mut Store<StoreData>,
    cpu_time: &Arc<CpuTime>,
    instance: &Arc<Instance>,
    start: Start,
    jobs: &mut Jobs,
) -> End {
    let mut seen = start.supplies.begin();
    let mut serving = false;
    let ran = match start.generation.instantiate(store).await {
        Err(error) => Err(error),
        Ok(exports) => {
            let (exports, serving, seen, supplies) = (&exports, &mut serving, &mut seen, &*start.supplies);
            let served = store
                .run_concurrent(async |accessor| {
                    cpu_time
                        .within(async {
                            let storage = match start.opening.open(accessor, exports).await? {
                                Ok(storage) => storage,
                                Err(error) => return Ok(End::Refused(error)),
                            };
                            *serving = true;
                            let guest = Guest { accessor, storage, exports, instance, context: None };
                            serve_calls(guest, supplies, seen, jobs).await
                        })
                        .await
                })
                .await;
            served.and_then(|result| result)
        }
    };
    match ran {
        Ok(end) => end,
        Err(error) => {
            tracing::debug!(error = format!("{error:#}"), "instance failed");
            let reason = cpu_time.diagnose(&error);
            if serving { End::Retired(reason) } else { End::Broken(reason.to_string()) }
        }
    }
}

/// Runs calls as they come, until one of them brings the instance down.
async fn serve_calls(
    guest: Guest<'_>,
    supplies: &Supplies,
    seen: &mut GivenVersions,
    jobs: &mut Jobs,
) -> wasmtime::Result<End> {
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(result) = running.next() => result?,
            job = jobs.recv() => match job {
                Some(job) => {
                    supplies.bring(guest, seen).await?;
                    running.push(job.run(guest));
                }
                None => return Ok(End::Retired(Retirement::Closed)),
            },
        }
    }
}
