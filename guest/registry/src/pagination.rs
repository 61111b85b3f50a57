//! Lists in pages.

use http::{HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::failure::{ErrorCode, Failure};
use crate::query::Query;
use crate::registry::header_value;

/// What stands as it is in a query's values: the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which page a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// How many entries at most; all where it is not said.
    pub limit: Option<usize>,
    /// The last entry of the page before.
    pub last: Option<String>,
}

impl PageRequest {
    /// The page that a query asks for.
    pub fn of(query: &Query) -> Result<Self, Failure> {
        let limit = match query.get("n") {
            None | Some("") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Failure::bad_request(ErrorCode::PaginationNumberInvalid, "the parameter `n` is not a number")
                    .with_detail(text.into())
            })?),
        };
        let last = query.get("last").filter(|last| !last.is_empty()).map(str::to_owned);
        Ok(Self { limit, last })
    }
}

/// The header that tells a client where the next page is.
pub(crate) fn next_link(path: &str, parameters: &[(&str, &str)]) -> (header::HeaderName, HeaderValue) {
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let query: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    (header::LINK, header_value(format_args!("<{path}?{}>; rel=\"next\"", query.join("&"))))
}
