//! Settings of notifications, by the names of distribution's configuration.

use std::time::Duration;

use http::HeaderMap;

/// Settings of notifications (`notifications`).
#[derive(Clone, Debug, Default)]
pub struct NotificationSettings {
    /// Where notifications go (`endpoints`).
    pub endpoints: Vec<EndpointSettings>,
    /// Whether those about manifests list what the manifest references (`events.includereferences`).
    pub include_references: bool,
}

/// Settings of one endpoint.
#[derive(Clone)]
pub struct EndpointSettings {
    /// Its name, for metrics and logs.
    pub name: String,
    /// Whether it gets nothing.
    pub disabled: bool,
    /// Its URL, `http` or `https`.
    pub url: String,
    /// Headers of each request, such as `Authorization`.
    pub headers: HeaderMap,
    /// How long a request may take.
    pub timeout: Duration,
    /// After how many failures in a row the next attempt waits for `backoff`.
    pub threshold: u32,
    /// How long it then waits.
    pub backoff: Duration,
    /// Targets of these media types are not told (`ignoredmediatypes` and `ignore.mediatypes`).
    pub ignored_media_types: Vec<String>,
    /// These actions are not told (`ignore.actions`): `pull`, `push`, `mount`, `delete`.
    pub ignored_actions: Vec<String>,
}

impl Default for EndpointSettings {
    /// Distribution's defaults.
    fn default() -> Self {
        Self {
            name: String::new(),
            disabled: false,
            url: String::new(),
            headers: HeaderMap::new(),
            timeout: Duration::from_secs(1),
            threshold: 10,
            backoff: Duration::from_secs(1),
            ignored_media_types: Vec::new(),
            ignored_actions: Vec::new(),
        }
    }
}

impl std::fmt::Debug for EndpointSettings {
    /// Headers and what follows the host in a URL may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointSettings")
            .field("name", &self.name)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("threshold", &self.threshold)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}
