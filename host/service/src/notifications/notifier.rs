//! The notifier of a server.

use std::sync::Arc;
use std::time::Duration;

use ossicle_registry::{Event, Requester};

use super::counters::EndpointCounts;
use super::endpoint::Endpoint;
use super::error::NotificationError;
use super::record::{Record, Source};
use super::request::NotifiedRequest;
use super::sender::connections;
use super::settings::NotificationSettings;

/// Notifies endpoints. Clones are the same notifier.
#[derive(Clone, Debug)]
pub struct Notifier(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoints: Vec<Endpoint>,
    include_references: bool,
    source: Source,
}

impl Notifier {
    /// Starts a task for each endpoint; needs a Tokio runtime. `addr` is the host and port of this process, which events name
    /// as their source.
    ///
    /// # Errors
    /// If a setting is wrong, or the system's root certificates can't be read.
    pub fn start(settings: NotificationSettings, addr: String) -> Result<Self, NotificationError> {
        Self::with_queues(settings, addr, Endpoint::queued())
    }

    fn with_queues(settings: NotificationSettings, addr: String, queued: usize) -> Result<Self, NotificationError> {
        let mut enabled = settings.endpoints;
        enabled.retain(|endpoint| !endpoint.disabled);
        let need_roots = enabled.iter().any(|endpoint| endpoint.url.starts_with("https:"));
        let connections = connections(need_roots).map_err(NotificationError::Roots)?;
        let endpoints = enabled
            .into_iter()
            .map(|endpoint| Endpoint::start(endpoint, connections.clone(), queued))
            .collect::<Result<_, _>>()?;
        let source = Source::new(addr);
        Ok(Self(Arc::new(Shared { endpoints, include_references: settings.include_references, source })))
    }

    /// Queues the notifications about an event. It never waits.
    pub fn notify(&self, event: &Event, requester: Option<&Requester>, request: &NotifiedRequest) {
        if self.0.endpoints.is_empty() {
            return;
        }
        let Shared { endpoints, include_references, source } = &*self.0;
        for record in Record::of(event, requester, request, source, *include_references) {
            for endpoint in endpoints {
                endpoint.queue(&record);
            }
        }
    }

    /// How each endpoint fares, by its name, for metrics.
    pub fn counts(&self) -> Vec<(String, EndpointCounts)> {
        let counts = |endpoint: &Endpoint| (endpoint.name().to_owned(), endpoint.counters().counts());
        self.0.endpoints.iter().map(counts).collect()
    }

    /// Takes no more events, and waits for what is queued, but not for longer than this; for when the process ends.
    pub async fn close(&self, within: Duration) {
        futures_util::future::join_all(self.0.endpoints.iter().map(|endpoint| endpoint.close(within))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::EndpointSettings;
    use super::super::test_server::{Receiver, event, request, settings};
    use super::*;

    async fn until(condition: impl Fn() -> bool) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while !condition() {
            assert!(tokio::time::Instant::now() < deadline, "this did not happen within 20 s");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn counts(notifier: &Notifier) -> EndpointCounts {
        notifier.counts()[0].1
    }

    fn start(endpoint: EndpointSettings, queued: usize) -> Notifier {
        let settings = NotificationSettings { endpoints: vec![endpoint], include_references: false };
        Notifier::with_queues(settings, "node:5000".to_owned(), queued).unwrap()
    }

    #[tokio::test]
    async fn event_reaches_each_endpoint_with_its_headers() {
        let (one, other) = (Receiver::start(vec![]).await, Receiver::start(vec![]).await);
        let endpoints = vec![settings(&one), settings(&other), EndpointSettings { disabled: true, ..settings(&one) }];
        let settings = NotificationSettings { endpoints, include_references: false };
        let notifier = Notifier::start(settings, "node:5000".to_owned()).unwrap();
        notifier.notify(&event("push"), Some(&Requester("ada".to_owned())), &request());
        notifier.close(Duration::from_secs(10)).await;
        for receiver in [&one, &other] {
            let received = receiver.received();
            assert_eq!(received.len(), 1);
            let (headers, document) = &received[0];
            assert_eq!(headers["content-type"], "application/vnd.docker.distribution.events.v1+json");
            assert_eq!(headers["authorization"], "Bearer a secret");
            assert_eq!(document["events"][0]["action"], "push");
            assert_eq!(document["events"][0]["actor"]["name"], "ada");
        }
        assert_eq!(notifier.counts().len(), 2);
        let expected = EndpointCounts { events: 1, delivered: 1, ..EndpointCounts::default() };
        assert_eq!(counts(&notifier), expected);
    }

    #[tokio::test]
    async fn failed_attempt_is_repeated_and_after_the_threshold_with_a_pause() {
        let receiver = Receiver::start(vec![500, 503, 404, 200]).await;
        let backoff = Duration::from_millis(300);
        let notifier = start(EndpointSettings { threshold: 2, backoff, ..settings(&receiver) }, 10);
        let begun = tokio::time::Instant::now();
        notifier.notify(&event("push"), None, &request());
        until(|| counts(&notifier).delivered == 1).await;
        assert!(begun.elapsed() >= 2 * backoff, "two of the three repetitions come after a pause");
        assert_eq!(counts(&notifier).refused, 3);
        let received = receiver.received();
        assert_eq!(received.len(), 4);
        assert!(received.iter().all(|(_, document)| *document == received[0].1), "it is the same event each time");
    }

    #[tokio::test]
    async fn queue_is_bounded_and_what_does_not_fit_is_counted() {
        // It never answers.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let timeout = Duration::from_secs(60);
        let notifier = start(EndpointSettings { url, timeout, ..EndpointSettings::default() }, 3);
        notifier.notify(&event("push"), None, &request());
        // The task took the first one out of the queue.
        until(|| counts(&notifier).pending == 1).await;
        let (_connection, _) = listener.accept().await.unwrap();
        let begun = tokio::time::Instant::now();
        for _ in 0..5 {
            notifier.notify(&event("push"), None, &request());
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "nobody waits");
        let expected = EndpointCounts { events: 6, pending: 4, dropped: 2, ..EndpointCounts::default() };
        assert_eq!(counts(&notifier), expected);
        notifier.close(Duration::from_millis(10)).await;
        assert_eq!(counts(&notifier), EndpointCounts { events: 6, dropped: 6, ..EndpointCounts::default() });
        notifier.notify(&event("push"), None, &request());
        assert_eq!(counts(&notifier).dropped, 7);
    }

    #[tokio::test]
    async fn endpoint_that_does_not_answer_in_time_is_asked_again() {
        let receiver = Receiver::start(vec![0, 200]).await;
        let notifier = start(EndpointSettings { timeout: Duration::from_millis(200), ..settings(&receiver) }, 10);
        notifier.notify(&event("push"), None, &request());
        until(|| counts(&notifier).delivered == 1).await;
        assert_eq!(counts(&notifier).unanswered, 1);
    }

    #[tokio::test]
    async fn ignored_actions_and_media_types_are_not_told() {
        let receiver = Receiver::start(vec![]).await;
        let endpoint = EndpointSettings {
            ignored_actions: vec!["pull".to_owned()],
            ignored_media_types: vec!["application/octet-stream".to_owned()],
            ..settings(&receiver)
        };
        let notifier = start(endpoint, 10);
        notifier.notify(&event("pull"), None, &request());
        notifier.notify(&event("push"), None, &request());
        notifier.notify(&event("delete"), None, &request());
        notifier.close(Duration::from_secs(10)).await;
        let actions: Vec<_> =
            receiver.received().iter().map(|(_, document)| document["events"][0]["action"].clone()).collect();
        assert_eq!(actions, ["delete"], "the push is one of a blob");
    }

    #[tokio::test]
    async fn wrong_settings_are_told_without_the_url() {
        let good = EndpointSettings {
            name: "alerts".to_owned(),
            url: "http://host/?key=secret".to_owned(),
            ..EndpointSettings::default()
        };
        for endpoint in [
            EndpointSettings { url: "ftp://host/?key=secret".to_owned(), ..good.clone() },
            EndpointSettings { url: "/?key=secret".to_owned(), ..good.clone() },
            EndpointSettings { url: "http://ho st/?key=secret".to_owned(), ..good.clone() },
            EndpointSettings { threshold: 0, ..good.clone() },
            EndpointSettings { timeout: Duration::ZERO, ..good.clone() },
            EndpointSettings { ignored_actions: vec!["puff".to_owned()], ..good.clone() },
        ] {
            let settings = NotificationSettings { endpoints: vec![endpoint], include_references: false };
            let error = Notifier::start(settings, String::new()).unwrap_err().to_string();
            assert!(error.starts_with("notifications, endpoint \"alerts\", ") && !error.contains("secret"), "{error}");
        }
        assert!(!format!("{good:?}").contains("secret"));
    }
}
