//! One endpoint: its queue, and the task that empties it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Uri};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use super::counters::Counters;
use super::error::NotificationError;
use super::record::{Envelope, Record};
use super::sender::{AttemptError, Connections, send};
use super::settings::EndpointSettings;

/// How many events wait for an endpoint: some minutes of a busy registry, at about a kilobyte each.
const QUEUED: usize = 10_000;

/// Of how many dropped events the next is logged: enough to see it, and few enough not to fill the log.
const LOGGED_OF_DROPPED: u64 = 1000;

/// An endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    name: String,
    ignored_media_types: Vec<String>,
    ignored_actions: Vec<String>,
    /// `None` once it was closed.
    queue: Mutex<Option<Sender<Record>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Counters>,
}

struct Delivery {
    name: String,
    connections: Connections,
    url: Uri,
    headers: HeaderMap,
    timeout: Duration,
    threshold: u32,
    backoff: Duration,
    counters: Arc<Counters>,
}

impl Endpoint {
    /// Starts its task. Needs a runtime.
    pub fn start(
        settings: EndpointSettings,
        connections: Connections,
        queued: usize,
    ) -> Result<Self, NotificationError> {
        let EndpointSettings {
            name,
            url,
            headers,
            timeout,
            threshold,
            backoff,
            ignored_media_types,
            ignored_actions,
            ..
        } = settings;
        let wrong = |setting: &'static str, problem: &str| NotificationError::Endpoint {
            endpoint: name.clone(),
            setting,
            problem: problem.to_owned(),
        };
        let url: Uri = url.parse().map_err(|_| wrong("url", "this is not a URL"))?;
        if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
            return Err(wrong("url", "this must begin with http:// or https:// and have a host"));
        }
        if timeout.is_zero() || threshold == 0 || backoff.is_zero() {
            return Err(wrong("timeout, threshold, backoff", "none of these may be 0"));
        }
        let known = ["pull", "push", "mount", "delete"];
        if let Some(action) = ignored_actions.iter().find(|action| !known.contains(&action.as_str())) {
            return Err(wrong("ignore.actions", &format!("{action:?} is not among pull, push, mount and delete")));
        }
        let (queue, waiting) = mpsc::channel(queued);
        let counters = Arc::<Counters>::default();
        let delivery = Delivery {
            name: name.clone(),
            connections,
            url,
            headers,
            timeout,
            threshold,
            backoff,
            counters: counters.clone(),
        };
        let task = tokio::spawn(delivery.run(waiting));
        Ok(Self {
            name,
            ignored_media_types,
            ignored_actions,
            queue: Mutex::new(Some(queue)),
            task: Mutex::new(Some(task)),
            counters,
        })
    }

    /// How many events wait by default.
    pub const fn queued() -> usize {
        QUEUED
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it fares.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Queues an event, unless it is one to ignore. It never waits.
    pub fn queue(&self, record: &Record) {
        let is_ignored = self.ignored_actions.iter().any(|action| action == record.action)
            || record
                .target
                .media_type
                .as_ref()
                .is_some_and(|media_type| self.ignored_media_types.contains(media_type));
        if is_ignored {
            return;
        }
        Counters::add(&self.counters.events);
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let is_queued = queue.as_ref().is_some_and(|queue| queue.try_send(record.clone()).is_ok());
        if !is_queued {
            let before = self.counters.dropped.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if before.is_multiple_of(LOGGED_OF_DROPPED) {
                let dropped = before + 1;
                tracing::error!(
                    endpoint = self.name,
                    dropped,
                    "notifications are dropped: the endpoint is too slow or down"
                );
            }
        }
    }

    /// Takes no more events, and waits for those that are queued, but not for longer than this. What is left is dropped.
    pub async fn close(&self, within: Duration) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let Some(mut task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if tokio::time::timeout(within, &mut task).await.is_ok() {
            return;
        }
        task.abort();
        let pending = self.counters.counts().pending;
        self.counters.dropped.fetch_add(pending, std::sync::atomic::Ordering::Relaxed);
        tracing::error!(endpoint = self.name, dropped = pending, "notifications are dropped: the process ends");
    }
}

impl Delivery {
    async fn run(self, mut waiting: Receiver<Record>) {
        let mut failures: u32 = 0;
        while let Some(record) = waiting.recv().await {
            let document = match serde_json::to_vec(&Envelope { events: [&record] }) {
                Ok(document) => Bytes::from(document),
                Err(error) => {
                    tracing::error!(%error, endpoint = self.name, "a notification can't be written");
                    Counters::add(&self.counters.dropped);
                    continue;
                }
            };
            loop {
                if failures >= self.threshold {
                    tokio::time::sleep(self.backoff).await;
                }
                match send(&self.connections, &self.url, &self.headers, self.timeout, document.clone()).await {
                    Ok(()) => break,
                    Err(error) => {
                        failures = failures.saturating_add(1);
                        Counters::add(match &error {
                            AttemptError::Refused(_) => &self.counters.refused,
                            AttemptError::Unanswered(_) => &self.counters.unanswered,
                        });
                        // The first, and then when the pauses begin.
                        if failures == 1 || failures == self.threshold {
                            tracing::warn!(%error, endpoint = self.name, failures, "a notification failed, and is repeated");
                        }
                    }
                }
            }
            failures = 0;
            Counters::add(&self.counters.delivered);
        }
    }
}
