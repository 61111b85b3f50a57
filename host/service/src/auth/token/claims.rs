//! What a token says.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ossicle_registry::ports::{AccessRequest, Resource};
use serde::Deserialize;

use crate::auth::challenge::action_name;

/// How far the clocks of the token server and of this machine may be apart, as in distribution.
const LEEWAY: Duration = Duration::from_secs(60);

/// The claims of a token.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    access: Option<Vec<Grant>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What may be done with one thing.
#[derive(Clone, Debug, Deserialize)]
struct Grant {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    /// Absent or null in a token that grants nothing.
    actions: Option<Vec<String>>,
}

impl Claims {
    /// Whether the token is one of this issuer for this service, and for now.
    pub fn check(&self, issuer: &str, service: &str, now: SystemTime) -> Result<(), &'static str> {
        if self.iss.as_deref() != Some(issuer) {
            return Err("the token is of another issuer");
        }
        let is_audience = match &self.aud {
            None => false,
            Some(Audience::One(one)) => one == service,
            Some(Audience::Several(several)) => several.iter().any(|one| one == service),
        };
        if !is_audience {
            return Err("the token is for another service");
        }
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let leeway = LEEWAY.as_secs_f64();
        match self.exp {
            None => return Err("the token says nothing of its expiration"),
            Some(expiration) if now > expiration + leeway => return Err("the token has expired"),
            Some(_) => {}
        }
        if self.nbf.is_some_and(|not_before| now < not_before - leeway) {
            return Err("the token is not valid yet");
        }
        if self.iat.is_some_and(|issued_at| now < issued_at - leeway) {
            return Err("the token was issued in the future");
        }
        Ok(())
    }

    /// Whether the token grants all that is needed of one thing. Any token is enough for the registry itself.
    pub fn grant(&self, needed: &AccessRequest) -> bool {
        let (kind, name) = match &needed.resource {
            Resource::Registry => return true,
            Resource::Catalog => ("registry", "catalog"),
            Resource::Repository(name) => ("repository", name.as_str()),
        };
        let of_it = |grant: &&Grant| grant.kind == kind && grant.name == name;
        let granted: Vec<&str> = self
            .access
            .iter()
            .flatten()
            .filter(of_it)
            .flat_map(|grant| grant.actions.iter().flatten())
            .map(String::as_str)
            .collect();
        let is_granted = |action: &str| granted.contains(&"*") || granted.contains(&action);
        needed.actions.iter().all(|action| is_granted(action_name(*action)))
    }

    /// Whom the token is for, if it says so.
    pub fn subject(self) -> Option<String> {
        self.sub.filter(|subject| !subject.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use ossicle_registry::ports::Action;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn good() -> Value {
        json!({
            "iss": "issuer", "sub": "ada", "aud": "service", "exp": NOW + 60, "nbf": NOW, "iat": NOW,
            "access": [{ "type": "repository", "name": "a/b", "actions": ["pull", "push"] }],
        })
    }

    fn check(change: impl FnOnce(&mut Value)) -> bool {
        let mut claims = good();
        change(&mut claims);
        let Ok(claims) = serde_json::from_value::<Claims>(claims) else { return false };
        claims.check("issuer", "service", now()).is_ok()
    }

    #[test]
    fn issuer_audience_and_expiration_must_be_there_and_right() {
        assert!(check(|_| {}));
        assert!(check(|claims| claims["aud"] = json!(["other", "service"])));
        for (claim, values) in [
            ("iss", vec![json!("other"), json!(""), json!(null), json!(["issuer"]), json!(1)]),
            ("aud", vec![json!("other"), json!([]), json!(["other"]), json!(null), json!({}), json!("Service")]),
            ("exp", vec![json!(null), json!("1900000000"), json!(0), json!(-1)]),
            ("access", vec![json!("all"), json!([{ "type": "repository" }])]),
        ] {
            for value in values {
                assert!(!check(|claims| claims[claim] = value.clone()), "{claim} {value}");
            }
        }
        for claim in ["iss", "aud", "exp"] {
            assert!(!check(|claims| drop(claims.as_object_mut().unwrap().remove(claim))), "{claim}");
        }
        for claim in ["sub", "nbf", "iat", "access"] {
            assert!(check(|claims| drop(claims.as_object_mut().unwrap().remove(claim))), "{claim}");
        }
    }

    #[test]
    fn times_count_with_a_leeway_of_a_minute() {
        for (claim, last_good, first_bad) in
            [("exp", NOW - 60, NOW - 61), ("nbf", NOW + 60, NOW + 61), ("iat", NOW + 60, NOW + 61)]
        {
            assert!(check(|claims| claims[claim] = last_good.into()), "{claim}");
            assert!(!check(|claims| claims[claim] = first_bad.into()), "{claim}");
        }
        assert!(check(|claims| claims["exp"] = json!(1_800_000_000.5)));
    }

    #[test]
    fn grants_of_one_thing_add_up_and_a_star_is_all_of_them() {
        let claims = |access: Value| {
            let mut claims = good();
            claims["access"] = access;
            serde_json::from_value::<Claims>(claims).unwrap()
        };
        let needs = |resource: Resource, actions: &[Action]| AccessRequest { resource, actions: actions.to_vec() };
        let repository = |actions: &[Action]| needs(Resource::Repository("a/b".to_owned()), actions);
        let both = claims(json!([
            { "type": "repository", "name": "a/b", "actions": ["pull"] },
            { "type": "repository", "name": "a/b", "actions": ["push"] },
        ]));
        assert!(both.grant(&repository(&[Action::Pull, Action::Push])));
        assert!(!both.grant(&repository(&[Action::Delete])));
        let all = claims(json!([{ "type": "repository", "name": "a/b", "class": "", "actions": ["*"] }]));
        assert!(all.grant(&repository(&[Action::Pull, Action::Push])) && all.grant(&repository(&[Action::Delete])));
        assert!(!all.grant(&needs(Resource::Repository("a".to_owned()), &[Action::Pull])));
        assert!(!all.grant(&needs(Resource::Catalog, &[Action::All])));
        let catalog = claims(json!([{ "type": "registry", "name": "catalog", "actions": ["*"] }]));
        assert!(catalog.grant(&needs(Resource::Catalog, &[Action::All])));
        for access in [json!(null), json!([]), json!([{ "type": "repository", "name": "a/b", "actions": null }])] {
            assert!(!claims(access.clone()).grant(&repository(&[Action::Pull])), "{access}");
            assert!(claims(access).grant(&needs(Resource::Registry, &[])));
        }
        let other = claims(json!([{ "type": "registry", "name": "a/b", "actions": ["pull"] }]));
        assert!(!other.grant(&repository(&[Action::Pull])));
    }

    proptest! {
        #[test]
        fn no_times_make_it_panic(exp in any::<f64>(), nbf in any::<f64>(), iat in any::<i64>()) {
            check(|claims| {
                claims["exp"] = json!(exp);
                claims["nbf"] = json!(nbf);
                claims["iat"] = json!(iat);
            });
        }
    }
}
