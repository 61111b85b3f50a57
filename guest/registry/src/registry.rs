//! A registry: takes a request and gives its response.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;

use crate::body::ResponseBody;
use crate::cache::ContentCache;
use crate::event::Requester;
use crate::failure::{ErrorCode, Failure};
use crate::gc::{Epochs, Pushes};
use crate::options::Options;
use crate::ports::{Access, AccessDecision, AccessRequest, Action, Ports, Resource, Storage};
use crate::query::Query;
use crate::reference_mutexes::ReferenceMutexes;
use crate::route::Route;
use crate::session::Sessions;

/// The body of a response of a registry over these ports.
pub type Content<P> = ResponseBody<<<P as Ports>::Storage as Storage>::Content>;

/// A response of a registry over these ports.
pub type Answer<P> = Response<Content<P>>;

/// The fraction of the content cache's size that the descriptors of referrers have in addition: they have about 300
/// bytes each, so that the default size suffices for more than ten thousand.
const DESCRIPTORS_SHARE: usize = 8;

/// A registry over one bucket.
///
/// It holds the uploads in progress and caches of the storage, but nothing essential: another process can continue at
/// any point.
#[derive(Debug)]
pub struct Registry<P: Ports> {
    ports: P,
    options: Options,
    epochs: Epochs,
    contents: ContentCache,
    descriptors: ContentCache,
    sessions: Sessions<<P::Storage as Storage>::Writer>,
    reference_mutexes: ReferenceMutexes,
}

/// A request without its body, parsed as far as every operation needs.
pub(crate) struct Call<'a> {
    pub headers: &'a HeaderMap,
    pub query: Query,
    /// Whether the response has no body.
    pub is_head: bool,
}

impl<P: Ports> Registry<P> {
    /// A registry.
    pub fn new(ports: P, options: Options) -> Self {
        Self {
            epochs: Epochs::new(options.gc, options.presence_ttl),
            contents: ContentCache::new(options.content_cache_bytes),
            descriptors: ContentCache::new(options.content_cache_bytes / DESCRIPTORS_SHARE),
            sessions: Sessions::default(),
            reference_mutexes: ReferenceMutexes::default(),
            ports,
            options,
        }
    }

    /// The registry's ports.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    pub(crate) fn storage(&self) -> &P::Storage {
        self.ports.storage()
    }

    pub(crate) fn environment(&self) -> &P::Environment {
        self.ports.environment()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// The operations that confirm something to a client, by the rules of the garbage collection.
    pub(crate) fn pushes(&self) -> Pushes<'_, P::Storage, P::Environment> {
        Pushes { storage: self.storage(), clock: self.environment(), epochs: &self.epochs }
    }

    pub(crate) fn contents(&self) -> &ContentCache {
        &self.contents
    }

    /// The descriptors of manifests that refer to others, by the manifests' digests.
    pub(crate) fn descriptors(&self) -> &ContentCache {
        &self.descriptors
    }

    pub(crate) fn reference_mutexes(&self) -> &ReferenceMutexes {
        &self.reference_mutexes
    }

    pub(crate) fn sessions(&self) -> &Sessions<<P::Storage as Storage>::Writer> {
        &self.sessions
    }

    /// Responds to a request. The body is read only as far as the operation needs it.
    pub async fn handle<B>(&self, request: Request<B>) -> Answer<P>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let (head, body) = request.into_parts();
        let is_head = head.method == Method::HEAD;
        let call = Call { headers: &head.headers, query: Query::parse(head.uri.query()), is_head };
        let mut response = self.answer(&head.method, head.uri.path(), &call, body).await;
        complete(&mut response, is_head);
        response
    }

    async fn answer<B>(&self, method: &Method, path: &str, call: &Call<'_>, body: B) -> Answer<P>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let route = match Route::parse(path) {
            Ok(route) => route,
            Err(failure) => return error_response(failure),
        };
        let (requester, mut response) = match self.authorise(&route, method, call).await {
            AccessDecision::Granted(requester) => {
                let result = self.operate(route, method, call, body).await;
                (requester, result.unwrap_or_else(error_response))
            }
            AccessDecision::Challenge(challenge) => {
                let message = "this needs other credentials, or credentials at all";
                let failure = Failure::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized, message);
                (None, error_response(failure.with_header(header::WWW_AUTHENTICATE, challenge)))
            }
            AccessDecision::Denied(requester) => {
                let message = "these credentials do not allow this";
                (requester, error_response(Failure::new(StatusCode::FORBIDDEN, ErrorCode::Denied, message)))
            }
        };
        if let Some(requester) = requester {
            response.extensions_mut().insert(Requester(requester));
        }
        response
    }

    async fn operate<B>(&self, route: Route, method: &Method, call: &Call<'_>, body: B) -> Result<Answer<P>, Failure>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let changes = !matches!(*method, Method::GET | Method::HEAD);
        if changes && self.options.read_only {
            return Err(Failure::read_only());
        }
        if *method == Method::DELETE && !self.options.delete_enabled && !matches!(route, Route::Upload(..)) {
            return Err(Failure::unsupported("deletion is disabled on this registry"));
        }
        match (route, method.as_str()) {
            (Route::Base, "GET" | "HEAD") => Ok(json_response(StatusCode::OK, Bytes::from_static(b"{}"))),
            (Route::Catalog, "GET" | "HEAD") => self.catalog(call).await,
            (Route::Tags(name), "GET" | "HEAD") => self.list_tags(&name, call).await,
            (Route::Manifest(name, reference), "GET" | "HEAD") => self.get_manifest(&name, &reference, call).await,
            (Route::Manifest(name, reference), "PUT") => self.put_manifest(&name, &reference, call, body).await,
            (Route::Manifest(name, reference), "DELETE") => self.delete_manifest(&name, &reference).await,
            (Route::Blob(name, digest), "GET" | "HEAD") => self.get_blob(&name, &digest, call).await,
            (Route::Blob(name, digest), "DELETE") => self.delete_blob(&name, &digest).await,
            (Route::Uploads(name), "POST") => self.begin_upload(&name, call, body).await,
            (Route::Upload(name, uuid), "PATCH") => self.patch_upload(&name, &uuid, call, body).await,
            (Route::Upload(name, uuid), "PUT") => self.put_upload(&name, &uuid, call, body).await,
            (Route::Upload(name, uuid), "GET" | "HEAD") => self.get_upload(&name, &uuid, call).await,
            (Route::Upload(name, uuid), "DELETE") => self.delete_upload(&name, &uuid, call).await,
            (Route::Referrers(name, subject), "GET" | "HEAD") => self.list_referrers(&name, &subject, call).await,
            (route, _) => Err(Failure::unsupported("this method is not for this path")
                .with_header(header::ALLOW, HeaderValue::from_static(allowed(&route)))),
        }
    }

    async fn authorise(&self, route: &Route, method: &Method, call: &Call<'_>) -> AccessDecision {
        let resource = match route {
            Route::Base => Resource::Registry,
            Route::Catalog => Resource::Catalog,
            Route::Tags(name)
            | Route::Manifest(name, _)
            | Route::Blob(name, _)
            | Route::Uploads(name)
            | Route::Upload(name, _)
            | Route::Referrers(name, _) => Resource::Repository(name.to_string()),
        };
        let actions = match (route, method.as_str()) {
            (Route::Base, _) => vec![],
            (Route::Catalog, _) => vec![Action::All],
            (Route::Upload(..), _) => vec![Action::Pull, Action::Push],
            (_, "GET" | "HEAD") => vec![Action::Pull],
            (_, "DELETE") => vec![Action::Delete],
            _ => vec![Action::Pull, Action::Push],
        };
        self.ports.access().decide(call.headers, &[AccessRequest { resource, actions }]).await
    }

    /// Whether the sender of a request may read another repository than the one in the request.
    pub(crate) async fn may_pull(&self, name: &crate::name::RepositoryName, call: &Call<'_>) -> bool {
        let needed = AccessRequest { resource: Resource::Repository(name.to_string()), actions: vec![Action::Pull] };
        matches!(self.ports.access().decide(call.headers, &[needed]).await, AccessDecision::Granted(_))
    }
}

fn allowed(route: &Route) -> &'static str {
    match route {
        Route::Base | Route::Catalog | Route::Tags(_) | Route::Referrers(..) => "GET, HEAD",
        Route::Manifest(..) => "GET, HEAD, PUT, DELETE",
        Route::Blob(..) => "GET, HEAD, DELETE",
        Route::Uploads(_) => "POST",
        Route::Upload(..) => "GET, HEAD, PATCH, PUT, DELETE",
    }
}

/// A response with a JSON document.
pub(crate) fn json_response<C>(status: StatusCode, document: Bytes) -> Response<ResponseBody<C>> {
    let mut response = response(status, ResponseBody::bytes(document));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A response with a status and a body.
pub(crate) fn response<C>(status: StatusCode, body: ResponseBody<C>) -> Response<ResponseBody<C>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// The value of a header from a text that the registry made of valid characters.
pub(crate) fn header_value(text: impl fmt::Display) -> HeaderValue {
    // The text consists of names, tags, digests, numbers and media types that were checked; anything else would be left
    // out.
    HeaderValue::try_from(text.to_string()).unwrap_or(HeaderValue::from_static(""))
}

fn error_response<C>(failure: Failure) -> Response<ResponseBody<C>> {
    let document = serde_json::json!({ "errors": failure.errors }).to_string();
    let mut response = json_response(failure.status, document.into());
    response.headers_mut().extend(failure.headers);
    response
}

/// Adds the headers of every response, and drops the body of a response to HEAD.
fn complete<C>(response: &mut Response<ResponseBody<C>>, is_head: bool)
where
    ResponseBody<C>: Body,
{
    let version = HeaderValue::from_static("registry/2.0");
    response.headers_mut().insert("docker-distribution-api-version", version);
    let has_length = !matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_length
        && !response.headers().contains_key(header::CONTENT_LENGTH)
        && let Some(length) = response.body().size_hint().exact()
    {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    if is_head {
        *response.body_mut() = ResponseBody::empty();
    }
}
