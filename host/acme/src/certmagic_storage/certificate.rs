//! The keys of a certificate, whose values are stored and loaded as one.

/// What the keys of a certificate end in: its chain, what certmagic knows of it, and its private key.
const ENDINGS: [&str; 3] = ["crt", "json", "key"];

/// All keys of the certificate that a key belongs to, `<folder>/<name>/<name>.crt` and the others; none where it belongs to no
/// certificate.
///
/// Only by such names are values one: a set is always loaded with the keys with which it was stored, and of other keys nothing
/// says which ones these were.
pub(super) fn keys_of(key: &str) -> Option<[String; 3]> {
    let (stem, ending) = key.rsplit_once('.')?;
    let (folder, name) = stem.rsplit_once('/')?;
    let is_named_so = folder.rsplit('/').next() == Some(name);
    (is_named_so && ENDINGS.contains(&ending)).then(|| ENDINGS.map(|ending| format!("{stem}.{ending}")))
}

/// Whether these are the keys of one certificate, all of them, in whatever order.
pub(super) fn is_whole(keys: &[&str]) -> bool {
    let all = keys.first().and_then(|key| keys_of(key));
    all.is_some_and(|all| keys.len() == all.len() && all.iter().all(|key| keys.contains(&key.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_certificate_are_told_by_their_names() {
        let all = ["c/i/a.example/a.example.crt", "c/i/a.example/a.example.json", "c/i/a.example/a.example.key"];
        for key in all {
            assert_eq!(keys_of(key).unwrap(), all);
        }
        for key in [
            "a.example.crt",
            "c/i/b.example/a.example.crt",
            "c/i/a.example/a.example.pem",
            "acme/private.key",
            "a/.crt",
            "",
        ] {
            assert_eq!(keys_of(key), None, "{key}");
        }
        let [crt, json, key] = all;
        assert!(is_whole(&[key, crt, json]) && is_whole(&all));
        for keys in [&[][..], &[crt], &[crt, key], &[crt, key, key], &[crt, json, key, key], &[crt, json, "a/a.key"]] {
            assert!(!is_whole(keys), "{keys:?}");
        }
    }
}
