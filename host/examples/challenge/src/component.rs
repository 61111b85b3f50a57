//! The filter as Plecto runs it.

use crate::lookup::{self, LookupError};
use crate::request::{Challenge, Request};
use crate::settings::{Settings, SettingsError};
use bindings::ossicle::storage::types::{Error, ErrorKind};
use bindings::plecto::filter::host_log::{self, Level};
use bindings::plecto::filter::types::{Header, HttpRequest, HttpResponse, RequestDecision, ResponseDecision};

#[allow(unsafe_code, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/p2", "wit"],
        world: "example:challenge/component",
        generate_all,
    });
    use super::Filter;
    export!(Filter);
}

struct Filter;

impl bindings::Guest for Filter {
    fn init() {}

    fn on_request(request: HttpRequest) -> RequestDecision {
        match Request::new(&request.method, &request.path_with_query, &request.authority) {
            Request::Other => RequestDecision::Continue,
            Request::Malformed => not_found(),
            Request::Challenge(challenge) => match answer(&challenge) {
                Ok(Some(answer)) => response(200, answer),
                Ok(None) => not_found(),
                // The client is anybody, so it learns nothing of the bucket.
                Err(why) => {
                    host_log::log(Level::Error, &format!("no answer to the challenge of {}: {why}", challenge.host));
                    response(503, "whether there is such a challenge can't be told now\n".to_owned())
                }
            },
        }
    }

    fn on_response(_request: HttpRequest, _response: HttpResponse) -> ResponseDecision {
        ResponseDecision::Continue
    }
}

fn answer(challenge: &Challenge) -> Result<Option<String>, String> {
    let Settings { directories, storage } = Settings::new().map_err(|error| match error {
        SettingsError::Missing(name) => format!("the filter's config has no `{name}`"),
        SettingsError::Refused(error) => error.message,
    })?;
    let loaded = |key: &str| match storage.load(key) {
        Ok(value) => Ok(Some(value)),
        Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(None),
        Err(error) => Err(error),
    };
    lookup::answer(&directories, challenge, loaded).map_err(|error| match error {
        // It holds no secret.
        LookupError::Storage(error) => error.message,
        LookupError::Content { key, why } => format!("the value of {key} is no challenge: {why}"),
    })
}

/// Requests for challenges that nobody published do not go on either: who can answer them gets certificates for the site's names,
/// which what is behind the proxy need not be meant to.
fn not_found() -> RequestDecision {
    response(404, "there is no such challenge\n".to_owned())
}

fn response(status: u16, body: String) -> RequestDecision {
    let content_type = Header { name: "content-type".to_owned(), value: b"text/plain".to_vec() };
    RequestDecision::ShortCircuit(HttpResponse { status, headers: vec![content_type], body: body.into_bytes() })
}
