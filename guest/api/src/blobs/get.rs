//! Reading files.

use http::{HeaderValue, Response, StatusCode, header};

use crate::api::{Answer, Api, Call};
use crate::body::ResponseBody;
use crate::conditions::{self, Conditions, ReadOutcome};
use crate::key;
use crate::ports::{Blobs, FileState, Ports, ReadRequest, StorageErrorKind};
use crate::problem::{Problem, ProblemKind};
use crate::ranges::Wanted;
use crate::reply;
use crate::validators::Validators;

/// How often a read starts again if its file was replaced between reading its metadata and its content. For a file that
/// changes faster, conditions and ranges are of no use.
const ATTEMPTS: usize = 3;

/// The part of a file to send.
enum Part {
    Whole,
    Range { first: u64, last: u64 },
}

/// The path in a request, which may begin with a slash as in the documents.
pub(super) fn path_of(call: &Call<'_>) -> Result<String, Problem> {
    if call.name.starts_with('/') { key::path(&call.name) } else { key::path(&format!("/{}", call.name)) }
}

pub(super) fn validators(state: &FileState) -> Validators {
    Validators { etag: state.etag.clone(), modified: state.modified }
}

impl<P: Ports> Api<P> {
    /// 1 request; with a range or conditions 1 more, because both depend on the file's size, time and ETag.
    pub(crate) async fn get_blob(&self, call: &Call<'_>) -> Result<Answer<P>, Problem> {
        let path = path_of(call)?;
        let conditions = Conditions::of(call.headers)?;
        let looks_first = call.is_head || call.headers.contains_key(header::RANGE) || !conditions.is_none_for_read();
        if !looks_first {
            let request = ReadRequest { path: &path, offset: 0, length: None, if_match: None };
            let opened = self.ports().blobs().open(request).await?;
            let length = opened.state.size;
            return Ok(respond(&opened.state, Part::Whole, ResponseBody::file(opened.content, length)));
        }
        for _ in 1..ATTEMPTS {
            if let Some(answer) = self.get_part(call, &path, &conditions).await? {
                return Ok(answer);
            }
        }
        self.get_part(call, &path, &conditions).await?.ok_or_else(|| {
            Problem::new(ProblemKind::Conflict, "the file changes faster than it can be read").at(path).retryable()
        })
    }

    /// Reads the file's metadata and then the requested part; `None` if the file was replaced in between.
    async fn get_part(
        &self,
        call: &Call<'_>,
        path: &str,
        conditions: &Conditions,
    ) -> Result<Option<Answer<P>>, Problem> {
        let state = self.ports().blobs().stat_file(path).await?;
        let current = validators(&state);
        match conditions.for_read(&current) {
            ReadOutcome::Failed => return Err(conditions::failed("the file is another one").at(path)),
            ReadOutcome::NotModified => {
                let mut response = reply::empty(StatusCode::NOT_MODIFIED).map(ResponseBody::bytes);
                current.add_to(response.headers_mut());
                return Ok(Some(response));
            }
            ReadOutcome::Proceed => {}
        }
        let (part, offset, length) = match wanted(call, &state) {
            Wanted::Whole => (Part::Whole, 0, state.size),
            Wanted::Part { first, last } => {
                (Part::Range { first, last }, first, last.saturating_sub(first).saturating_add(1))
            }
            Wanted::Unsatisfiable => return Err(unsatisfiable(&state, path)),
        };
        if call.is_head {
            let mut response = respond(&state, part, ResponseBody::empty());
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            return Ok(Some(response));
        }
        let request = ReadRequest { path, offset, length: Some(length), if_match: state.etag.as_deref() };
        match self.ports().blobs().open(request).await {
            Ok(opened) if is_another(&state, &opened.state) => Ok(None),
            Ok(opened) => Ok(Some(respond(&state, part, ResponseBody::file(opened.content, length)))),
            Err(error) if error.kind == StorageErrorKind::Conflict => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the opened file differs from the one whose metadata were read, as far as can be known: without an ETag, the
/// read could not be conditional.
fn is_another(looked_at: &FileState, opened: &FileState) -> bool {
    let differ = |one: Option<u64>, other: Option<u64>| one.zip(other).is_some_and(|(one, other)| one != other);
    looked_at.size != opened.size || differ(looked_at.modified, opened.modified)
}

/// The requested part of a file. Ranges are for GET alone (RFC 9110, section 14.2).
fn wanted(call: &Call<'_>, state: &FileState) -> Wanted {
    if !call.is_head && conditions::range_applies(call.headers, &validators(state)) {
        Wanted::of(call.headers, state.size)
    } else {
        Wanted::Whole
    }
}

fn unsatisfiable(state: &FileState, path: &str) -> Problem {
    let detail = format!("the file has {} bytes", state.size);
    let problem = Problem::new(ProblemKind::RangeNotSatisfiable, detail).at(path);
    match HeaderValue::try_from(format!("bytes */{}", state.size)) {
        Ok(range) => problem.with_header(header::CONTENT_RANGE, range),
        Err(_) => problem,
    }
}

fn respond<C, W>(state: &FileState, part: Part, body: ResponseBody<C, W>) -> Response<ResponseBody<C, W>> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let content_type = state.content_type.as_deref().unwrap_or("application/octet-stream");
    reply::add_header(headers, header::CONTENT_TYPE, content_type);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    validators(state).add_to(headers);
    if let Part::Range { first, last } = part {
        reply::add_header(headers, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{}", state.size));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}
