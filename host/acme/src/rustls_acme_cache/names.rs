//! Names of values and locks.

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{Context, SHA256};

/// Where everything of rustls-acme is. certmagic has no key for a value that is a certificate with its private key, so it is
/// kept away from certmagic's.
const FOLDER: &str = "rustls-acme";

/// The key of a certificate. Below the folder the names are those of rustls-acme's own `DirCache`, whose files can so be moved
/// into the storage as they are.
pub(super) fn certificate(domains: &[String], directory_url: &str) -> String {
    format!("{FOLDER}/cached_cert_{}", digest(domains, directory_url))
}

/// The key of an account.
pub(super) fn account(contact: &[String], directory_url: &str) -> String {
    format!("{FOLDER}/cached_account_{}", digest(contact, directory_url))
}

/// The lock round an order: that of certmagic, which names a certificate of several domains by all of them.
pub(super) fn order_lock(domains: &[String]) -> String {
    let mut sorted: Vec<&str> = domains.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    format!("issue_cert_{}", sorted.join(","))
}

/// The lock round the making of an account's key.
pub(super) fn account_lock(contact: &[String], directory_url: &str) -> String {
    format!("register_acme_account_{}", digest(contact, directory_url))
}

fn digest(parts: &[String], directory_url: &str) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    context.update(directory_url.as_bytes());
    BASE64URL_NOPAD.encode(context.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_acme::caches::DirCache;
    use rustls_acme::{AccountCache as _, CertCache as _};

    const URL: &str = "https://acme.example/dir";

    #[tokio::test]
    async fn files_of_a_dir_cache_have_these_names() {
        let folder = std::env::temp_dir().join(format!("ossicle-acme-names-{}", std::process::id()));
        let domains = ["example.com".to_owned(), "www.example.com".to_owned()];
        let contact = ["mailto:a@example.com".to_owned()];
        let cache = DirCache::new(&folder);
        cache.store_cert(&domains, URL, b"certificate").await.unwrap();
        cache.store_account(&contact, URL, b"account").await.unwrap();
        for (key, content) in [(certificate(&domains, URL), "certificate"), (account(&contact, URL), "account")] {
            let name = key.strip_prefix("rustls-acme/").unwrap();
            assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), content);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_lock_round_an_order_is_that_of_certmagic() {
        assert_eq!(order_lock(&["example.com".into()]), "issue_cert_example.com");
        assert_eq!(order_lock(&["b.example".into(), "a.example".into()]), "issue_cert_a.example,b.example");
    }
}
