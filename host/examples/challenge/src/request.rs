//! What is asked for.

/// The path of RFC 8555, section 8.3.
const FOLDER: &str = "/.well-known/acme-challenge/";
/// As much as any authority's token has, several times over: a random number of 128 bits takes 22.
const LONGEST_TOKEN: usize = 128;
/// As much as a name of the DNS has.
const LONGEST_NAME: usize = 253;

/// A request, as far as it matters here.
#[derive(Debug, PartialEq)]
pub enum Request {
    /// It asks for no challenge.
    Other,
    /// It asks for something that can be no challenge: nothing needs to be looked up to know that there is none.
    Malformed,
    /// It asks for a challenge.
    Challenge(Challenge),
}

/// A challenge that somebody, presumably an authority, wants to see answered.
#[derive(Debug, PartialEq)]
pub struct Challenge {
    /// The name or address that it is about, in lower case, without a port or brackets.
    pub host: String,
    /// The challenge's token: letters, digits, `-` and `_`.
    pub token: String,
}

impl Request {
    /// Reads a request. A query is no part of the path, and what a challenge is about stands in `Host`, here `authority`.
    pub fn new(method: &str, path_with_query: &str, authority: &str) -> Self {
        let path = path_with_query.split_once('?').map_or(path_with_query, |(path, _)| path);
        let Some(token) = path.strip_prefix(FOLDER).filter(|_| method == "GET") else {
            return Self::Other;
        };
        match host(authority) {
            Some(host) if is_token(token) => Self::Challenge(Challenge { host, token: token.to_owned() }),
            _ => Self::Malformed,
        }
    }
}

fn is_token(text: &str) -> bool {
    (1..=LONGEST_TOKEN).contains(&text.len()) && is_base64url(text)
}

/// Whether the text has letters of base64url alone, of which tokens and thumbprints are.
pub fn is_base64url(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The name or the address of a `Host`, or none if it holds neither.
fn host(authority: &str) -> Option<String> {
    let (host, port, may_be) = match authority.strip_prefix('[') {
        Some(address) => {
            let (address, port) = address.split_once(']')?;
            (address, port, (|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')) as fn(u8) -> bool)
        }
        None => {
            let (name, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (name, port, (|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) as fn(u8) -> bool)
        }
    };
    let has_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let is_host = (1..=LONGEST_NAME).contains(&host.len()) && host.bytes().all(may_be) && !host.contains("..");
    (has_port && is_host).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

    fn challenge(host: &str) -> Request {
        let token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0".to_owned();
        Request::Challenge(Challenge { host: host.to_owned(), token })
    }

    #[test]
    fn a_challenge_is_a_get_below_the_folder() {
        assert_eq!(Request::new("GET", PATH, "example.com"), challenge("example.com"));
        assert_eq!(Request::new("GET", &format!("{PATH}?a=/b"), "example.com"), challenge("example.com"));
        for method in ["HEAD", "POST", "get"] {
            assert_eq!(Request::new(method, PATH, "example.com"), Request::Other, "{method}");
        }
        for path in
            ["/", "/.well-known/acme-challenge", "/.well-known/acme-challenges/t", "/a/.well-known/acme-challenge/t"]
        {
            assert_eq!(Request::new("GET", path, "example.com"), Request::Other, "{path}");
        }
    }

    #[test]
    fn a_token_is_base64url_and_of_one_component() {
        let long = "t".repeat(129);
        for token in ["", "t/u", "../t", "..", "t%2e", "t=", "t+u", "t.u", "t u", "t\u{e9}", "t/", &long] {
            let path = format!("{FOLDER}{token}");
            assert_eq!(Request::new("GET", &path, "example.com"), Request::Malformed, "{token:?}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_without_its_port() {
        for (authority, host) in [
            ("Example.COM", "example.com"),
            ("example.com:80", "example.com"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("192.0.2.7:8080", "192.0.2.7"),
            ("[2001:DB8::7]", "2001:db8::7"),
            ("[2001:db8::7]:80", "2001:db8::7"),
        ] {
            assert_eq!(Request::new("GET", PATH, authority), challenge(host), "{authority}");
        }
        let long = "a".repeat(254);
        for authority in [
            "", ":80", "a:b", "a..b", "../a", "a/b", "a b", "a@b", "a%b", "*.a", "[a", "[]", "[g::]", "[::1]80", "::1",
            &long,
        ] {
            assert_eq!(Request::new("GET", PATH, authority), Request::Malformed, "{authority:?}");
        }
    }
}
