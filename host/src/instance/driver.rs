//! The task that owns a store.

use super::cpu_time::CpuTime;
use super::credentials::GivenVersions;
use super::guest::Guest;
use super::handle::{End, Instance, InstancePermit};
use super::log_filter::quietly;
use super::pool::{Plan, Pool};
use super::seat::{Next, Seat};
use crate::call::RegisteredInstance;
use crate::engine::{Generation, Interface, MemoryLimit, Spare, StoreData};
use crate::error::Retirement;
use crate::metrics::Gauge;
use futures_util::FutureExt;
use futures_util::future::Either;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Instrument;
use wasmtime::Store;

/// Tells the pool how its instance ended, whatever happens to the task that drives it.
struct Ending {
    pool: Arc<Pool>,
    instance: Arc<Instance>,
    end: Option<End>,
    _registered: RegisteredInstance,
}

/// Starts an instance. It serves until it takes no more calls and the last one has left, or it fails, which it may have done
/// before this returns.
///
/// It waits for room among the instances of the engine, unless it has some to spare, as long as any call waits for it.
pub(super) fn start(pool: Arc<Pool>, instance: Arc<Instance>, generation: Arc<Generation>, spare: Option<Spare>) {
    let plan = pool.plan();
    let span = tracing::info_span!(parent: None, "instance", tenant = &*plan.tenant);
    let runtime = plan.engine.runtime().clone();
    let registered = pool.deadlines().register();
    let mut ending = Ending { pool, instance, end: None, _registered: registered };
    let task = async move {
        let Ending { pool, instance, .. } = &ending;
        // A panic in here, ours or wasmtime's, is the end of this instance and of nothing else.
        let served = AssertUnwindSafe(serve(pool, instance, generation, spare)).catch_unwind().await;
        ending.end = Some(served.unwrap_or(End::Retired(Retirement::Panicked)));
        drop(ending);
    };
    runtime.spawn(quietly(task).instrument(span));
}

impl Drop for Ending {
    fn drop(&mut self) {
        let end = self.end.take().unwrap_or(End::Dropped);
        match &end {
            End::Retired(reason) => {
                self.pool.meter().retirement(reason);
                match reason {
                    Retirement::Idle
                    | Retirement::Evicted
                    | Retirement::WornOut
                    | Retirement::Replaced
                    | Retirement::Closed => {
                        tracing::debug!(%reason, "instance dropped");
                    }
                    _ => tracing::warn!(%reason, "instance stopped"),
                }
            }
            End::Refused(error) => tracing::warn!(%error, "the component refuses the config"),
            End::Broken(reason) => tracing::error!(reason, "the component does not start"),
            End::Dropped => tracing::debug!("instance dropped with its runtime"),
        }
        self.pool.ended(&self.instance, &end);
    }
}

async fn serve(pool: &Arc<Pool>, instance: &Arc<Instance>, generation: Arc<Generation>, spare: Option<Spare>) -> End {
    let Plan { engine, limits, meter, shares, egress, .. } = pool.plan();
    let egress = match generation.interface {
        Interface::CertStorage => egress.clone().with_response_bytes(limits.response_bytes),
        Interface::BlobDriver => egress.clone(),
    };
    let _room = match spare {
        Some(Spare(room)) => room,
        None => {
            let room = async {
                // Those before it failed, one after the other.
                if let Some(until) = pool.pause(generation.interface) {
                    tokio::time::sleep_until(until.into()).await;
                }
                let _waiting = meter.count(Gauge::InstancesQueued);
                engine.capacity().room().await
            };
            tokio::select! {
                biased;
                // Who waited has given up: the room is for others.
                () = poll_fn(|cx| pool.poll_unwanted(instance, cx)) => return End::Retired(Retirement::Idle),
                room = room => room,
                reason = instance.drained() => return End::Retired(reason),
            }
        }
    };
    meter.instances.fetch_add(1, Relaxed);
    let _alive = meter.count(Gauge::Instances);
    // It is not idle while it starts.
    let starting = instance.stay();

    let memory = MemoryLimit::new(limits.memory, shares.memory.nothing(), Arc::clone(meter));
    let processor = (shares.processor.clone(), engine.activity().clone());
    let cpu_time = CpuTime::new(limits.cpu, memory.exceeded(), processor, Arc::clone(meter));
    let mut store = Store::new(&generation.engine, StoreData::new(memory, egress, limits.handles));
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(limits.hostcall_bytes);
    store.set_max_component_handles(limits.handles);
    cpu_time.attach(&mut store);

    let dismissal = dismissal(Arc::clone(instance), limits.idle, engine.runtime());
    let event_loop = cpu_time.around(run(&mut store, &cpu_time, pool, instance, &generation, starting));
    let event_loop = match pool.most() {
        // Nobody asks.
        1 => Either::Left(event_loop),
        _ => Either::Right(instance.load().around(event_loop)),
    };
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
    pool: &Arc<Pool>,
    instance: &Arc<Instance>,
    generation: &Generation,
    starting: InstancePermit,
) -> End {
    let mut seen = pool.plan().supplies.begin();
    let mut serving = false;
    let ran = match generation.instantiate(store).await {
        Err(error) => Err(error),
        Ok(exports) => {
            let (exports, serving, seen) = (&exports, &mut serving, &mut seen);
            let served = store
                .run_concurrent(async |accessor| {
                    cpu_time
                        .within(async {
                            // A component that never opens would keep every later call waiting: it is replaced.
                            let opening = pool.plan().resources.open(instance.interface, accessor, exports);
                            let Ok(opened) = timeout(pool.limits().call_timeout, opening).await else {
                                return Ok(End::Retired(Retirement::CallTimedOut));
                            };
                            let opened = match opened? {
                                Ok(opened) => opened,
                                Err(error) => return Ok(End::Refused(error)),
                            };
                            *serving = true;
                            let (storage, locks) = (opened.storage, opened.locks.as_ref());
                            let guest = Guest { accessor, storage, locks, exports, instance, context: None };
                            let seat = Seat::new(Arc::clone(instance), starting);
                            match serve_calls(guest, pool, seen, seat).await? {}
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
            // That others have taken the memory is no fault of the component's, at its start either.
            let is_shared = matches!(reason, Retirement::SharedMemory { .. });
            if serving || is_shared { End::Retired(reason) } else { End::Broken(reason.to_string()) }
        }
    }
}

/// Runs calls as it takes them, until one of them brings the instance down.
async fn serve_calls(
    guest: Guest<'_>,
    pool: &Arc<Pool>,
    seen: &mut GivenVersions,
    mut seat: Seat,
) -> wasmtime::Result<Infallible> {
    // A registry's parameters are tried out when they are opened.
    pool.plan().supplies.collect(guest).await?;
    let mut running = FuturesUnordered::new();
    loop {
        let next = poll_fn(|cx| {
            // What is inside comes first.
            while let Poll::Ready(Some(ended)) = running.poll_next_unpin(cx) {
                if let Err(error) = ended {
                    return Poll::Ready(Err(error));
                }
            }
            pool.poll_next(&mut seat, cx).map(Ok)
        });
        match next.await? {
            Next::Order(order) => running.push(order.run(guest)),
            Next::Call(taken) => {
                // A call that was made after credentials were supplied has them.
                pool.plan().supplies.bring(guest, seen).await?;
                running.extend(taken.begin(guest));
            }
        }
    }
}
