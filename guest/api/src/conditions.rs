//! The conditions of requests (RFC 9110, section 13).

use http::{HeaderMap, HeaderName, header};

use crate::problem::{Problem, ProblemKind};
use crate::times;
use crate::validators::Validators;

/// The ETags of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ETags {
    /// `*`: any existing state.
    Any,
    /// These ETags, as written in the header.
    Listed(Vec<String>),
}

/// The conditions of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    if_match: Option<ETags>,
    if_none_match: Option<ETags>,
    if_modified_since: Option<u64>,
    if_unmodified_since: Option<u64>,
}

/// The result of the conditions of a request that reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadOutcome {
    /// The request is served.
    Proceed,
    /// The response is 304: the client has the present state.
    NotModified,
    /// The response is 412: a condition is not met.
    Failed,
}

impl Conditions {
    /// Reads the conditions from a request's headers. An invalid date is ignored, as RFC 9110 requires. A malformed
    /// list of ETags is rejected, because the sender does not want a change without its condition.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let date =
            |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).and_then(times::from_http_date);
        Ok(Self {
            if_match: tags(headers, &header::IF_MATCH)?,
            if_none_match: tags(headers, &header::IF_NONE_MATCH)?,
            if_modified_since: date(header::IF_MODIFIED_SINCE),
            if_unmodified_since: date(header::IF_UNMODIFIED_SINCE),
        })
    }

    /// Whether a change has no conditions. `If-Modified-Since` applies only to requests that read.
    pub fn is_none_for_change(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none() && self.if_unmodified_since.is_none()
    }

    /// Whether a request that reads has no conditions.
    pub fn is_none_for_read(&self) -> bool {
        self.is_none_for_change() && self.if_modified_since.is_none()
    }

    /// Whether the only condition of a change is that nothing exists.
    pub fn is_create_only(&self) -> bool {
        self.if_none_match == Some(ETags::Any) && self.if_match.is_none() && self.if_unmodified_since.is_none()
    }

    /// Whether a condition depends on the time of the last change.
    pub fn needs_modified(&self) -> bool {
        self.if_modified_since.is_some() || self.if_unmodified_since.is_some()
    }

    /// Evaluates the conditions of a request that reads an existing value or file.
    pub fn for_read(&self, current: &Validators) -> ReadOutcome {
        if !self.match_condition_holds(Some(current)) {
            return ReadOutcome::Failed;
        }
        let is_same = match &self.if_none_match {
            Some(tags) => matches(tags, Some(current), false),
            None => self.if_modified_since.zip(current.modified).is_some_and(|(since, modified)| modified <= since),
        };
        if is_same { ReadOutcome::NotModified } else { ReadOutcome::Proceed }
    }

    /// Checks whether the conditions allow a change of the present state, which is `None` if nothing exists.
    pub fn allow_change(&self, current: Option<&Validators>) -> Result<(), Problem> {
        let is_other = self.if_none_match.as_ref().is_none_or(|tags| !matches(tags, current, false));
        if self.match_condition_holds(current) && is_other {
            return Ok(());
        }
        let detail = match current {
            Some(Validators { etag: Some(etag), .. }) => format!("the present state has the ETag {etag}"),
            Some(_) => "the present state does not meet the conditions".to_owned(),
            None => "nothing exists under this name".to_owned(),
        };
        Err(failed(detail))
    }

    /// Whether `If-Match` holds, or `If-Unmodified-Since` if there is no `If-Match`.
    fn match_condition_holds(&self, current: Option<&Validators>) -> bool {
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) => matches(tags, current, true),
            (None, Some(since)) => current.and_then(|current| current.modified).is_none_or(|at| at <= since),
            (None, None) => true,
        }
    }
}

/// The problem for a condition that is not met.
pub(crate) fn failed(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::PreconditionFailed, detail)
}

/// Whether the requested range applies: `If-Range` is absent, or names the present state.
pub(crate) fn range_applies(headers: &HeaderMap, current: &Validators) -> bool {
    let Some(value) = headers.get(header::IF_RANGE) else { return true };
    let Ok(text) = value.to_str() else { return false };
    let text = text.trim();
    if text.starts_with('"') {
        return current.etag.as_deref() == Some(text);
    }
    times::from_http_date(text).is_some_and(|date| current.modified == Some(date))
}

/// Compares ETags: strongly, so that weak ones never match, or else weakly.
fn matches(tags: &ETags, current: Option<&Validators>, strongly: bool) -> bool {
    let Some(current) = current else { return false };
    match tags {
        ETags::Any => true,
        ETags::Listed(tags) => tags.iter().any(|tag| {
            let tag = if strongly { tag } else { tag.strip_prefix("W/").unwrap_or(tag) };
            current.etag.as_deref() == Some(tag)
        }),
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<ETags>, Problem> {
    let mut tags: Option<Vec<String>> = None;
    let malformed = || Problem::invalid(format!("{name} is neither * nor a list of ETags in quotes"));
    for value in headers.get_all(name) {
        let mut rest = value.to_str().map_err(|_| malformed())?.trim();
        if rest == "*" && tags.is_none() && headers.get_all(name).iter().count() == 1 {
            return Ok(Some(ETags::Any));
        }
        let tags = tags.get_or_insert_default();
        loop {
            // Elements of a list may be empty (RFC 9110, section 5.6.1.2), and so may the whole list.
            rest = rest.trim_start_matches([',', ' ', '\t']);
            if rest.is_empty() {
                break;
            }
            let (weak, quoted) = rest.strip_prefix("W/").map_or(("", rest), |quoted| ("W/", quoted));
            let (tag, behind) = quoted.strip_prefix('"').and_then(|tag| tag.split_once('"')).ok_or_else(malformed)?;
            tags.push(format!("{weak}\"{tag}\""));
            rest = behind.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(malformed());
            }
        }
    }
    Ok(tags.map(ETags::Listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
    const AFTER: &str = "Fri, 01 Jan 2027 00:00:00 GMT";

    fn current() -> Validators {
        Validators { etag: Some("\"a\"".to_owned()), modified: Some(1_780_000_000) }
    }

    fn of(headers: &[(&'static str, &'static str)]) -> Conditions {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), http::HeaderValue::from_static(value)));
        Conditions::of(&headers.collect()).unwrap()
    }

    #[test]
    fn reads_proceed_or_are_not_modified_or_fail() {
        use ReadOutcome::{Failed, NotModified, Proceed};
        for (headers, expected) in [
            (vec![], Proceed),
            (vec![("if-match", "\"a\"")], Proceed),
            (vec![("if-match", "*")], Proceed),
            (vec![("if-match", "\"b\"")], Failed),
            (vec![("if-match", "W/\"a\"")], Failed),
            (vec![("if-none-match", "\"b\" , W/\"a\"")], NotModified),
            (vec![("if-none-match", "*")], NotModified),
            (vec![("if-none-match", "\"b\"")], Proceed),
            (vec![("if-modified-since", AFTER)], NotModified),
            (vec![("if-modified-since", BEFORE)], Proceed),
            (vec![("if-modified-since", "yesterday")], Proceed),
            // An ETag takes precedence over a time.
            (vec![("if-modified-since", AFTER), ("if-none-match", "\"b\"")], Proceed),
            (vec![("if-unmodified-since", BEFORE)], Failed),
            (vec![("if-unmodified-since", AFTER)], Proceed),
            (vec![("if-unmodified-since", BEFORE), ("if-match", "\"a\"")], Proceed),
        ] {
            assert_eq!(of(&headers).for_read(&current()), expected, "{headers:?}");
        }
    }

    #[test]
    fn changes_require_the_state_in_their_conditions() {
        for (headers, there, absent) in [
            (vec![], true, true),
            (vec![("if-none-match", "*")], false, true),
            (vec![("if-match", "*")], true, false),
            (vec![("if-match", "\"a\", \"b\"")], true, false),
            (vec![("if-match", "\"b\"")], false, false),
            (vec![("if-match", "")], false, false),
            (vec![("if-none-match", " , ")], true, true),
            (vec![("if-match", ",\"b\",, \"a\",")], true, false),
            (vec![("if-none-match", "\"a\"")], false, true),
            (vec![("if-unmodified-since", BEFORE)], false, true),
            (vec![("if-modified-since", AFTER)], true, true),
        ] {
            let conditions = of(&headers);
            assert_eq!(conditions.allow_change(Some(&current())).is_ok(), there, "{headers:?}");
            assert_eq!(conditions.allow_change(None).is_ok(), absent, "{headers:?}");
        }
        assert!(of(&[("if-none-match", "*")]).is_create_only());
        assert!(!of(&[("if-none-match", "*"), ("if-match", "\"a\"")]).is_create_only());
        assert!(of(&[("if-modified-since", AFTER)]).is_none_for_change());
    }

    #[test]
    fn malformed_etags_are_refused() {
        for text in ["a", "\"a", "\"a\" \"b\"", "*, \"a\"", "W/a"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, text.parse().unwrap());
            assert!(Conditions::of(&headers).is_err(), "{text:?}");
        }
    }

    #[test]
    fn range_applies_to_the_state_it_names() {
        for (value, expected) in [
            ("\"a\"", true),
            ("\"b\"", false),
            ("W/\"a\"", false),
            ("Thu, 28 May 2026 20:26:40 GMT", true),
            (AFTER, false),
            ("nonsense", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_RANGE, value.parse().unwrap());
            assert_eq!(range_applies(&headers, &current()), expected, "{value}");
        }
        assert!(range_applies(&HeaderMap::new(), &current()));
    }
}
