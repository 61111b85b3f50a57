//! Authorities, and where what was published for them is.

use crate::request::Challenge;

/// Below which folders certmagic keeps an issuer's challenges: those of Go, which Caddy is built with, and of Rust's crate.
const PUBLISHERS: [&str; 2] = ["acme", "certificates"];

/// The keys under which certmagic may have published a challenge, in the order in which to look.
///
/// `directories` are the URLs of the ACME directories that certificates are ordered from, with white space between them.
pub fn keys(directories: &str, challenge: &Challenge) -> Vec<String> {
    let issuers = directories.split_whitespace().map(|url| safe(&issuer(url)));
    issuers
        .flat_map(|issuer| {
            PUBLISHERS.map(|folder| format!("{folder}/{issuer}/challenge_tokens/{}.json", safe(&challenge.host)))
        })
        .collect()
}

/// What certmagic calls the authority with this directory.
fn issuer(directory: &str) -> String {
    let url = directory.split_once("://").map_or(directory, |(_, url)| url);
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = url.split_once('/').unwrap_or((url, ""));
    match path.replace(['/', '\\'], "-").trim_matches('-') {
        "" => host.to_owned(),
        path => format!("{host}-{path}"),
    }
}

/// How certmagic spells a name in a key.
fn safe(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.trim().replace(' ', "_").replace('+', "_plus_").replace('*', "wildcard_").replace(':', "-");
    name.replace("..", "").chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.' | '-')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_certmagic_in_go_and_in_rust() {
        let challenge = Challenge { host: "example.com".to_owned(), token: "t".to_owned() };
        let directories = "https://acme-v02.api.letsencrypt.org/directory\n https://acme.zerossl.com/v2/DV90";
        let expected = [
            "acme/acme-v02.api.letsencrypt.org-directory/challenge_tokens/example.com.json",
            "certificates/acme-v02.api.letsencrypt.org-directory/challenge_tokens/example.com.json",
            "acme/acme.zerossl.com-v2-dv90/challenge_tokens/example.com.json",
            "certificates/acme.zerossl.com-v2-dv90/challenge_tokens/example.com.json",
        ];
        assert_eq!(keys(directories, &challenge), expected);
        assert!(keys(" \n", &challenge).is_empty());
    }

    #[test]
    fn an_address_is_spelled_as_certmagic_does() {
        let challenge = Challenge { host: "2001:db8::7".to_owned(), token: "t".to_owned() };
        let expected = "acme/localhost-14000-dir/challenge_tokens/2001-db8--7.json";
        assert_eq!(keys("https://localhost:14000/dir", &challenge).first().map(String::as_str), Some(expected));
    }

    #[test]
    fn an_issuer_is_a_host_and_a_path_and_a_single_component() {
        for (url, key) in [
            ("https://acme.example/", "acme.example"),
            ("https://acme.example", "acme.example"),
            ("https://acme.example/a/b/?c=d", "acme.example-a-b"),
            ("https://acme.example/../a\\b", "acme.example--a-b"),
            ("acme.example/~a/+b", "acme.example-a-_plus_b"),
        ] {
            assert_eq!(safe(&issuer(url)), key);
        }
    }
}
