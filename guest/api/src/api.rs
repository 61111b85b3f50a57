//! The API: handles requests and returns their responses.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use percent_encoding::percent_decode_str;

use crate::access::Grant;
use crate::body::ResponseBody;
use crate::document;
use crate::operation::{self, BodyKind, Description, Operation, ParameterLocation, Schema, Template};
use crate::ports::{Blobs, Ports};
use crate::problem::{Problem, ProblemKind};
use crate::query::Query;
use crate::request_id::RequestId;

/// The body of a response over these ports.
pub type Content<P> = ResponseBody<<<P as Ports>::Blobs as Blobs>::Content, <<P as Ports>::Blobs as Blobs>::Walk>;

/// A response over these ports. Its extensions contain the [`Operation`], if the request was one.
pub type Answer<P> = Response<Content<P>>;

/// The media type of further content of an upload. The file's own type was stated when the upload was begun.
const PART_TYPE: &str = "application/octet-stream";

/// The API over the certificates, locks and blobs of one tenant. Holds no essential state: another process can continue
/// at any point.
#[derive(Debug)]
pub struct Api<P> {
    ports: P,
    /// The uploads that requests use now.
    pub(crate) busy: Arc<Mutex<BTreeSet<String>>>,
}

/// A request without its body, parsed as far as every operation needs.
pub(crate) struct Call<'a> {
    pub headers: &'a HeaderMap,
    pub query: Query,
    /// The name in the path, decoded.
    pub name: String,
    pub grant: &'a Grant,
    pub id: &'a RequestId,
    /// Whether the response has no body.
    pub is_head: bool,
}

/// The sender's rights, and the request's id.
#[derive(Clone, Copy)]
struct Sender<'a> {
    grant: &'a Grant,
    id: &'a RequestId,
}

impl<P: Ports> Api<P> {
    /// The API over these ports.
    pub fn new(ports: P) -> Self {
        Self { ports, busy: Arc::default() }
    }

    /// The API's ports.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// Handles a request whose sender has these rights, with the id that [`RequestId::of`] returned. The body is read
    /// only as far as the operation needs it.
    ///
    /// A server drops the future when its client disconnects, unless [`Operation::runs_to_its_end`].
    pub async fn handle<B>(&self, request: Request<B>, grant: &Grant, id: &RequestId) -> Answer<P>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let (head, body) = request.into_parts();
        let (found, result) = match find(&head.method, head.uri.path()) {
            Ok((found, name)) => {
                let api = Self { ports: self.ports.for_request(id), busy: Arc::clone(&self.busy) };
                (Some(found.operation), api.answer(found, name, &head, Sender { grant, id }, body).await)
            }
            Err(problem) => (None, Err(problem)),
        };
        let mut response = result.unwrap_or_else(|problem| problem.into_response(id).map(ResponseBody::bytes));
        id.add_to(response.headers_mut());
        complete(&mut response, head.method == http::Method::HEAD);
        if let Some(operation) = found {
            response.extensions_mut().insert(operation);
        }
        response
    }

    async fn answer<B>(
        &self,
        found: &Description,
        name: &str,
        head: &http::request::Parts,
        sender: Sender<'_>,
        body: B,
    ) -> Result<Answer<P>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let Sender { grant, id } = sender;
        if let Some(missing) = found.needs.iter().find(|right| !grant.rights.has(**right)) {
            let detail = format!("this needs the right {:?}", missing.name());
            return Err(Problem::new(ProblemKind::Forbidden, detail));
        }
        let known: Vec<&str> = found
            .parameters
            .iter()
            .filter(|parameter| parameter.location == ParameterLocation::Query)
            .map(|parameter| parameter.name)
            .collect();
        let query = Query::parse(head.uri.query(), &known)?;
        let name = percent_decode_str(name).decode_utf8();
        let name = name.map_err(|_| Problem::invalid("the path is not UTF-8"))?.into_owned();
        check_media_type(found.body, &head.headers)?;
        check_lengths(found, &query, &name, &head.headers)?;
        let is_head = found.method == "HEAD";
        let call = Call { headers: &head.headers, query, name, grant, id, is_head };
        self.operate(found.operation, &call, body).await
    }

    async fn operate<B>(&self, operation: Operation, call: &Call<'_>, body: B) -> Result<Answer<P>, Problem>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let response = match operation {
            Operation::GetCertificate | Operation::HeadCertificate => self.get_certificate(call).await,
            Operation::GetBlob | Operation::HeadBlob => return self.get_blob(call).await,
            Operation::WalkBlobs => return self.walk_blobs(call).await,
            Operation::Document => document::response(),
            Operation::ListCertificates => self.list_certificates(call).await,
            Operation::PutCertificate => self.put_certificate(call, body).await,
            Operation::DeleteCertificate => self.delete_certificate(call).await,
            Operation::StatCertificate => self.stat_certificate(call).await,
            Operation::InspectLock => self.inspect_lock(call).await,
            Operation::BreakLock => self.break_lock(call).await,
            Operation::AcquireLock => self.acquire_lock(call).await,
            Operation::RenewLease => self.renew_lease(call).await,
            Operation::ReleaseLease => self.release_lease(call).await,
            Operation::ListBlobs => self.list_blobs(call).await,
            Operation::PutBlob => self.put_blob(call, body).await,
            Operation::DeleteBlob => self.delete_blob(call).await,
            Operation::StatBlob => self.stat_blob(call).await,
            Operation::CopyBlob => self.copy_blob(call, body).await,
            Operation::MoveBlob => self.move_blob(call, body).await,
            Operation::PresignBlob => self.presign_blob(call, body).await,
            Operation::BeginUpload => self.begin_upload(call, body).await,
            Operation::UploadStatus | Operation::HeadUpload => self.upload_status(call).await,
            Operation::AppendUpload => self.append_upload(call, body).await,
            Operation::AbortUpload => self.abort_upload(call).await,
            Operation::CommitUpload => self.commit_upload(call).await,
        };
        response.map(|response| response.map(ResponseBody::bytes))
    }
}

/// The operation of a method and path, and the name in the path, not decoded.
fn find<'a>(method: &http::Method, path: &'a str) -> Result<(&'static Description, &'a str), Problem> {
    let Some((template, name)) = Template::find(path) else {
        return Err(Problem::new(ProblemKind::UnknownRoute, "there is no resource of this path"));
    };
    let at_path = || operation::all().filter(|found| found.template == template);
    if let Some(found) = at_path().find(|found| found.method == method.as_str()) {
        return Ok((found, name));
    }
    let allowed: Vec<_> = at_path().map(|found| found.method).collect();
    let problem = Problem::new(ProblemKind::MethodNotAllowed, format!("use {}", allowed.join(" or ")));
    // Names of methods are valid in a header.
    Err(match HeaderValue::try_from(allowed.join(", ")) {
        Ok(allowed) => problem.with_header(header::ALLOW, allowed),
        Err(_) => problem,
    })
}

/// Rejects parameters that are longer than the document allows.
fn check_lengths(found: &Description, query: &Query, name: &str, headers: &HeaderMap) -> Result<(), Problem> {
    for parameter in found.parameters {
        let Schema::Text { longest, .. } = parameter.schema else { continue };
        let length = match parameter.location {
            ParameterLocation::Path => name.chars().count(),
            ParameterLocation::Query => query.get(parameter.name).unwrap_or_default().chars().count(),
            ParameterLocation::Header => headers.get(parameter.name).map_or(0, HeaderValue::len),
        };
        if u32::try_from(length).is_ok_and(|length| length <= longest) {
            continue;
        }
        return Err(Problem::invalid(format!("{:?} is longer than {longest} characters", parameter.name)));
    }
    Ok(())
}

/// Rejects a content of another type than the operation accepts, or a compressed one, which would be stored compressed.
fn check_media_type(kind: BodyKind, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let essence = text(header::CONTENT_TYPE).map(|text| text.split(';').next().unwrap_or_default().trim());
    let wanted = match kind {
        BodyKind::None => return Ok(()),
        BodyKind::Bytes => None,
        BodyKind::Part => Some(PART_TYPE),
        BodyKind::Json(_) => Some("application/json"),
    };
    let refused = |detail: String| Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    match (wanted, essence) {
        (Some(wanted), Some(essence)) if essence.eq_ignore_ascii_case(wanted) => {}
        (Some(wanted), _) => return refused(format!("the content's type must be {wanted}")),
        (None, _) if headers.contains_key(header::CONTENT_RANGE) => {
            return Err(Problem::invalid("a part of a file can't be replaced: use an upload"));
        }
        (None, _) => {}
    }
    match text(header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => refused("the content must not be encoded".to_owned()),
    }
}

/// Adds the headers of every response, and drops the body of a response to HEAD.
fn complete<C, W>(response: &mut Response<ResponseBody<C, W>>, is_head: bool)
where
    ResponseBody<C, W>: Body,
{
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
