//! A tenant's instances: the one that takes calls, and those that end the calls they have.

use crate::error::Retirement;
use crate::instance::Instance;
use futures_util::future::join_all;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Pool(Mutex<Instances>);

#[derive(Default)]
pub(super) struct Instances {
    /// The one that takes calls, if it has not ended.
    present: Option<Arc<Instance>>,
    /// Those before it that may not have ended.
    draining: Vec<Arc<Instance>>,
}

impl Pool {
    pub(super) fn instances(&self) -> MutexGuard<'_, Instances> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the present instance take no more calls, and waits until those in it have ended.
    pub(super) async fn retire_present(&self, reason: Retirement) {
        let present = {
            let mut instances = self.instances();
            let present = instances.present.clone();
            instances.replace(None);
            present
        };
        if let Some(present) = present {
            present.retire(reason);
            present.ended().await;
        }
    }

    /// Has no instance take any more calls, and waits until those in them have ended.
    pub(super) async fn retire_all(&self, reason: Retirement) {
        let all = self.instances().all();
        all.iter().for_each(|instance| instance.retire(reason.clone()));
        join_all(all.iter().map(|instance| instance.ended())).await;
    }

    /// As [`Pool::retire_all`], but after so long calls end with their instances. Whether all of them ended before.
    pub(super) async fn retire_all_within(&self, limit: Duration, reason: Retirement) -> bool {
        if tokio::time::timeout(limit, self.retire_all(reason.clone())).await.is_ok() {
            return true;
        }
        let all = self.instances().all();
        all.iter().for_each(|instance| instance.stop(reason.clone()));
        join_all(all.iter().map(|instance| instance.ended())).await;
        false
    }
}

impl Instances {
    pub(super) fn present(&self) -> Option<&Arc<Instance>> {
        self.present.as_ref()
    }

    /// Another one takes calls from now on, or none.
    pub(super) fn replace(&mut self, fresh: Option<Arc<Instance>>) {
        self.draining.retain(|instance| !instance.has_ended());
        self.draining.extend(std::mem::replace(&mut self.present, fresh).filter(|instance| !instance.has_ended()));
    }

    /// All that may not have ended.
    fn all(&self) -> Vec<Arc<Instance>> {
        self.draining.iter().chain(&self.present).filter(|instance| !instance.has_ended()).cloned().collect()
    }
}
