//! Who may do what.

/// What a request wants to do with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// To read (`pull`).
    Pull,
    /// To write (`push`).
    Push,
    /// To delete (`delete`).
    Delete,
    /// Everything (`*`), which the catalog asks for.
    All,
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The registry itself (`GET /v2/`): it is enough to be known.
    Registry,
    /// The list of repositories (`registry:catalog:*`).
    Catalog,
    /// A repository by its name.
    Repository(String),
}

/// What a request needs: all of the actions on the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// What the request is about.
    pub resource: Resource,
    /// What it wants to do with it.
    pub actions: Vec<Action>,
}

/// What was decided of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessDecision {
    /// It may go on. Who asks, if that is known, is for logs and notifications.
    Granted(Option<String>),
    /// Who asks is unknown or has too few rights: 401, with this value of `WWW-Authenticate`.
    Challenge(http::HeaderValue),
    /// Who asks is known and may not: 403.
    Denied(Option<String>),
}

/// Decides who may do what, from a request's headers (`Authorization`).
pub trait Access {
    /// Decides about all that a request needs, of which there is more than one thing where it mounts a blob of another
    /// repository.
    fn decide(&self, headers: &http::HeaderMap, needed: &[AccessRequest]) -> impl Future<Output = AccessDecision>;
}

/// Grants everything: a registry without authentication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anyone;

impl Access for Anyone {
    async fn decide(&self, _: &http::HeaderMap, _: &[AccessRequest]) -> AccessDecision {
        AccessDecision::Granted(None)
    }
}
