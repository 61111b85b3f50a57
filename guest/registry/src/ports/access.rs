//! Decides whether a request is allowed.

/// An action on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// To read (`pull`).
    Pull,
    /// To write (`push`).
    Push,
    /// To delete (`delete`).
    Delete,
    /// Everything (`*`), which the catalog requires.
    All,
}

/// The resource that a request reads or changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The registry itself (`GET /v2/`). Any known user may read it.
    Registry,
    /// The list of repositories (`registry:catalog:*`).
    Catalog,
    /// The repository with this name.
    Repository(String),
}

/// The rights that a request needs: all of the actions on the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// The resource.
    pub resource: Resource,
    /// The actions, each of which must be allowed.
    pub actions: Vec<Action>,
}

/// The decision about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessDecision {
    /// The request is allowed. The user's name, if it is known, is for logs and notifications.
    Granted(Option<String>),
    /// The sender is unknown or has too few rights: the response is 401 with this value of `WWW-Authenticate`.
    Challenge(http::HeaderValue),
    /// The sender is known and lacks the rights: the response is 403. The user's name, if it is known.
    Denied(Option<String>),
}

/// Decides whether a request is allowed, from its headers (`Authorization`).
pub trait Access {
    /// Decides about everything that a request needs. There is more than one entry if a request mounts a blob of
    /// another repository.
    fn decide(&self, headers: &http::HeaderMap, needed: &[AccessRequest]) -> impl Future<Output = AccessDecision>;
}

/// Allows every request: for a registry without authentication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Access for Anyone {
    async fn decide(&self, _: &http::HeaderMap, _: &[AccessRequest]) -> AccessDecision {
        AccessDecision::Granted(None)
    }
}
