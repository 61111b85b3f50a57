//! What tenants of one process may not do to one another by the way they ask for credentials.

use super::access::Scheme;
use super::error::ConfigError;

/// A tenant that asks for credentials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub name: &'a str,
    pub scheme: Scheme<'a>,
    /// Whether it has hosts of its own. There its repositories may have any names.
    pub has_hosts: bool,
    /// Whether it is reached on hosts that are no tenant's.
    pub shares_hosts: bool,
}

/// Checks each two.
///
/// Clients ask at `/v2/` of a host how to log in. Docker and containers/image (skopeo, podman, buildah) heed no other
/// challenge, so that one host can have one kind of them. And a token names an issuer, a service and repositories: where two
/// tenants have the first two in common, and the names of their repositories do not tell them apart, what the server of the
/// tokens grants for one would be granted for the other.
pub(super) fn check(askers: &[Asker<'_>]) -> Result<(), ConfigError> {
    for (place, one) in askers.iter().enumerate() {
        for other in askers.iter().skip(place + 1) {
            let names = || (one.name.to_owned(), other.name.to_owned());
            if one.shares_hosts && other.shares_hosts && !is_alike(one.scheme, other.scheme) {
                let (one, other) = names();
                return Err(ConfigError::DifferentSchemes(one, other));
            }
            if (one.has_hosts || other.has_hosts) && takes_the_same(one.scheme, other.scheme) {
                let (one, other) = names();
                return Err(ConfigError::SameTokens(one, other));
            }
        }
    }
    Ok(())
}

/// Whether one challenge does for both.
fn is_alike(one: Scheme<'_>, other: Scheme<'_>) -> bool {
    match (one, other) {
        (Scheme::Password, Scheme::Password) => true,
        (Scheme::Token { realm, service, .. }, Scheme::Token { realm: other_realm, service: other_service, .. }) => {
            (realm, service) == (other_realm, other_service)
        }
        _ => false,
    }
}

/// Whether a token for one is one for the other.
fn takes_the_same(one: Scheme<'_>, other: Scheme<'_>) -> bool {
    match (one, other) {
        (Scheme::Token { service, issuer, .. }, Scheme::Token { service: other_service, issuer: other_issuer, .. }) => {
            (service, issuer) == (other_service, other_issuer)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: (bool, bool) = (false, true);
    const HOST: (bool, bool) = (true, false);
    const BOTH: (bool, bool) = (true, true);

    fn token<'a>(realm: &'a str, service: &'a str, issuer: &'a str) -> Scheme<'a> {
        Scheme::Token { realm, service, issuer }
    }

    /// Which two are at odds, and whether that is about the way they ask.
    fn problem(askers: &[((bool, bool), Scheme<'_>)]) -> Option<(String, String, bool)> {
        let names = ["a", "b", "c"];
        let askers: Vec<_> = askers
            .iter()
            .zip(names)
            .map(|(((has_hosts, shares_hosts), scheme), name)| Asker {
                name,
                scheme: *scheme,
                has_hosts: *has_hosts,
                shares_hosts: *shares_hosts,
            })
            .collect();
        match check(&askers) {
            Ok(()) => None,
            Err(ConfigError::DifferentSchemes(one, other)) => Some((one, other, true)),
            Err(ConfigError::SameTokens(one, other)) => Some((one, other, false)),
            Err(other) => panic!("{other}"),
        }
    }

    fn at_odds(one: &str, other: &str, is_asking: bool) -> Option<(String, String, bool)> {
        Some((one.to_owned(), other.to_owned(), is_asking))
    }

    #[test]
    fn tenants_that_share_a_host_ask_in_one_way() {
        let (password, tokens) = (Scheme::Password, token("r", "s", "i"));
        assert_eq!(problem(&[(PATH, password), (PATH, password), (HOST, tokens)]), None);
        assert_eq!(problem(&[(PATH, tokens), (PATH, token("r", "s", "j")), (HOST, password)]), None);
        assert_eq!(problem(&[(PATH, password), (HOST, password), (PATH, tokens)]), at_odds("a", "c", true));
        assert_eq!(problem(&[(HOST, password), (PATH, tokens), (BOTH, password)]), at_odds("b", "c", true));
        for other in [token("q", "s", "i"), token("r", "t", "i")] {
            assert_eq!(problem(&[(PATH, tokens), (PATH, other)]), at_odds("a", "b", true));
        }
    }

    #[test]
    fn token_is_good_for_one_tenant_of_those_that_names_do_not_tell_apart() {
        let tokens = token("r", "s", "i");
        assert_eq!(problem(&[(PATH, tokens), (PATH, tokens)]), None);
        for two in [[HOST, HOST], [HOST, PATH], [PATH, BOTH]] {
            assert_eq!(problem(&[(two[0], tokens), (two[1], tokens)]), at_odds("a", "b", false));
        }
        for other in [token("r", "t", "i"), token("r", "s", "j")] {
            assert_eq!(problem(&[(HOST, tokens), (HOST, other)]), None);
        }
    }
}
