//! A line of the access log.

use std::fmt::Write as _;
use std::net::IpAddr;

use http::{Method, StatusCode, Uri, Version};
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

use super::settings::LogFormat;

const TIME: &[FormatItem<'_>] = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// The parameters of a query that are logged. All others are left out: `_state` is the sealed state of an upload, with which
/// anybody could go on with it, and others may be tokens.
const PARAMETERS: [&str; 9] =
    ["artifactType", "digest", "digest-algorithm", "from", "last", "mount", "n", "next", "tag"];

/// What a line says of a request.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub client: IpAddr,
    pub user: Option<&'a str>,
    pub time: OffsetDateTime,
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub version: Version,
    pub status: StatusCode,
    pub bytes: u64,
    pub referer: Option<&'a str>,
    pub user_agent: Option<&'a str>,
}

/// Adds text such that it can't end its field or its line, by Apache's escapes.
fn escape(text: &str, may_have_spaces: bool, line: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                line.push('\\');
                line.push(char::from(byte));
            }
            b' ' if may_have_spaces => line.push(' '),
            b'!'..=b'~' => line.push(char::from(byte)),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(line, "\\x{byte:02x}");
            }
        }
    }
}

fn quoted(text: Option<&str>, line: &mut String) {
    line.push('"');
    escape(text.unwrap_or("-"), true, line);
    line.push('"');
}

/// The path and what may be told of the query.
fn target(uri: &Uri) -> String {
    let mut target = uri.path().to_owned();
    let parameters = uri.query().unwrap_or_default().split('&');
    let told = parameters.filter(|parameter| PARAMETERS.contains(&parameter.split('=').next().unwrap_or_default()));
    for (number, parameter) in told.enumerate() {
        target.push(if number == 0 { '?' } else { '&' });
        target.push_str(parameter);
    }
    target
}

impl Line<'_> {
    /// The line in a format, with its end.
    pub fn format(&self, format: LogFormat) -> String {
        let mut line = format!("{} - ", self.client);
        match self.user {
            Some(user) if !user.is_empty() => escape(user, false, &mut line),
            _ => line.push('-'),
        }
        let time = self.time.to_offset(time::UtcOffset::UTC).format(TIME).unwrap_or_else(|_| "-".to_owned());
        let _ = write!(line, " [{time}] ");
        quoted(Some(&format!("{} {} {:?}", self.method, target(self.uri), self.version)), &mut line);
        let _ = write!(line, " {} ", self.status.as_u16());
        match self.bytes {
            0 => line.push('-'),
            bytes => {
                let _ = write!(line, "{bytes}");
            }
        }
        if format == LogFormat::Combined {
            line.push(' ');
            quoted(self.referer, &mut line);
            line.push(' ');
            quoted(self.user_agent, &mut line);
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn line(uri: &str, user: Option<&str>, user_agent: Option<&str>, bytes: u64, format: LogFormat) -> String {
        let uri: Uri = uri.parse().unwrap();
        let line = Line {
            client: "192.0.2.7".parse().unwrap(),
            user,
            time: datetime!(2026-11-07 05:06:09 UTC),
            method: &Method::GET,
            uri: &uri,
            version: Version::HTTP_11,
            status: StatusCode::OK,
            bytes,
            referer: None,
            user_agent,
        };
        line.format(format)
    }

    #[test]
    fn lines_have_the_common_and_the_combined_form() {
        assert_eq!(
            line("/v2/", None, Some("docker/20.10"), 0, LogFormat::Common),
            "192.0.2.7 - - [07/Nov/2026:05:06:09 +0000] \"GET /v2/ HTTP/1.1\" 200 -\n"
        );
        assert_eq!(
            line("/v2/a/tags/list?n=5&last=v1", Some("ada"), Some("docker/20.10"), 42, LogFormat::Combined),
            "192.0.2.7 - ada [07/Nov/2026:05:06:09 +0000] \"GET /v2/a/tags/list?n=5&last=v1 HTTP/1.1\" 200 42 \"-\" \
             \"docker/20.10\"\n"
        );
    }

    #[test]
    fn parameters_that_may_be_secret_are_left_out() {
        for (query, told) in [
            ("_state=c2VjcmV0&digest=sha256:00", "?digest=sha256:00"),
            ("digest=sha256:00&_state=c2VjcmV0", "?digest=sha256:00"),
            ("access_token=secret", ""),
            ("token=secret&mount=sha256:00&from=a%2Fb", "?mount=sha256:00&from=a%2Fb"),
            ("_state", ""),
            ("%5fstate=secret", ""),
            ("", ""),
        ] {
            let line = line(&format!("/v2/a/blobs/uploads/u?{query}"), None, None, 0, LogFormat::Common);
            assert!(line.contains(&format!("\"GET /v2/a/blobs/uploads/u{told} HTTP/1.1\"")), "{line}");
        }
    }

    #[test]
    fn user_and_agent_cannot_forge_a_line() {
        let forged = line("/v2/", Some("a b\" x\n"), Some("\"\n192.0.2.8 é\\"), 0, LogFormat::Combined);
        assert!(forged.contains(" a\\x20b\\\"\\x20x\\x0a ["), "{forged}");
        assert!(forged.ends_with("\"\\\"\\x0a192.0.2.8 \\xc3\\xa9\\\\\"\n"), "{forged}");
    }

    proptest! {
        #[test]
        fn whatever_clients_say_the_line_is_one_and_has_its_fields(user in "\\PC{0,20}", agent in "(\\PC|[\"\\\\\n\r]){0,20}") {
            let line = line("/v2/", Some(&user), Some(&agent), 0, LogFormat::Combined);
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert!(line.is_ascii());
            prop_assert_eq!(line.split(' ').nth(3), Some("[07/Nov/2026:05:06:09"));
            let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
            prop_assert_eq!(quotes, 6);
        }
    }
}
