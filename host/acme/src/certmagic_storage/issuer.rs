//! The name of an authority.

/// The name under which certmagic in Go, and so Caddy, keeps what the authority with this ACME directory issued. The crate names
/// it by a hash unless this is its `issuer_key_override`.
///
/// ```
/// let directory = "https://acme-v02.api.letsencrypt.org/directory";
/// assert_eq!(ossicle_acme::issuer_key(directory), "acme-v02.api.letsencrypt.org-directory");
/// ```
pub fn issuer_key(directory_url: &str) -> String {
    let url = directory_url.split_once("://").map_or(directory_url, |(_, url)| url);
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = url.split_once('/').unwrap_or((url, ""));
    match path.replace(['/', '\\'], "-").trim_matches('-') {
        "" => host.to_owned(),
        path => format!("{host}-{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certmagic::storage::KeyBuilder;

    #[test]
    fn an_authority_is_named_as_in_go() {
        for (url, key, safe) in [
            ("https://acme.zerossl.com/v2/DV90", "acme.zerossl.com-v2-DV90", "acme.zerossl.com-v2-dv90"),
            ("https://localhost:14000/dir", "localhost:14000-dir", "localhost-14000-dir"),
            ("https://acme.example/", "acme.example", "acme.example"),
            ("https://acme.example", "acme.example", "acme.example"),
            ("https://acme.example/a/b/?c=d", "acme.example-a-b", "acme.example-a-b"),
        ] {
            assert_eq!(issuer_key(url), key);
            assert_eq!(KeyBuilder.safe(key), safe);
        }
    }
}
