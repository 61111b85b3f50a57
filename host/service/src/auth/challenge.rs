//! The challenge for a token.

use http::HeaderValue;
use ossicle_registry::ports::{AccessRequest, Action, Resource};
use ossicle_registry::users::quoted;

use super::error::AuthError;

/// The challenge for a token.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    /// What is the same for all requests.
    beginning: String,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BearerProblem {
    /// There is none.
    Missing,
    /// It is not one of the token server, or not one for now.
    Invalid,
    /// It does not grant what the request needs.
    Insufficient,
}

impl Bearer {
    /// The challenge that leads to a token server.
    pub fn new(realm: &str, service: &str) -> Result<Self, AuthError> {
        let in_quotes = |setting, text| quoted(text).map_err(|error| AuthError::setting(setting, error));
        let (realm, service) = (in_quotes("realm", realm)?, in_quotes("service", service)?);
        Ok(Self { beginning: format!("Bearer realm={realm},service={service}") })
    }

    /// The challenge for what a request needs.
    pub fn value(&self, needed: &[AccessRequest], problem: BearerProblem) -> HeaderValue {
        let mut text = self.beginning.clone();
        let scopes: Vec<String> = needed.iter().filter_map(scope).collect();
        if !scopes.is_empty() {
            text.push_str(&format!(",scope=\"{}\"", scopes.join(" ")));
        }
        match problem {
            BearerProblem::Missing => {}
            BearerProblem::Invalid => text.push_str(",error=\"invalid_token\""),
            BearerProblem::Insufficient => text.push_str(",error=\"insufficient_scope\""),
        }
        // Of the settings, which were checked, and of repositories' names, which have no character that a header has not.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

/// What a token says of an action.
pub(super) fn action_name(action: Action) -> &'static str {
    match action {
        Action::Pull => "pull",
        Action::Push => "push",
        Action::Delete => "delete",
        Action::All => "*",
    }
}

fn scope(needed: &AccessRequest) -> Option<String> {
    let actions: Vec<&str> = needed.actions.iter().map(|action| action_name(*action)).collect();
    match &needed.resource {
        Resource::Registry => None,
        Resource::Catalog => Some(format!("registry:catalog:{}", actions.join(","))),
        Resource::Repository(name) => Some(format!("repository:{name}:{}", actions.join(","))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_cannot_break_out() {
        for text in ["", "a\"b", "a\\b", "a\r\nb", "ä"] {
            assert!(Bearer::new(text, "registry").unwrap_err().to_string().starts_with("realm: "));
            assert!(Bearer::new("https://auth", text).unwrap_err().to_string().starts_with("service: "));
        }
    }

    #[test]
    fn challenge_for_a_token_says_where_what_and_why() {
        let bearer = Bearer::new("https://auth.example/token", "registry.example").unwrap();
        let beginning = "Bearer realm=\"https://auth.example/token\",service=\"registry.example\"";
        let repository = |name: &str, actions: &[Action]| AccessRequest {
            resource: Resource::Repository(name.to_owned()),
            actions: actions.to_vec(),
        };
        let catalog = AccessRequest { resource: Resource::Catalog, actions: vec![Action::All] };
        let registry = AccessRequest { resource: Resource::Registry, actions: vec![] };
        for (needed, problem, rest) in [
            (vec![registry], BearerProblem::Missing, ""),
            (vec![catalog], BearerProblem::Missing, ",scope=\"registry:catalog:*\""),
            (
                vec![repository("a/b", &[Action::Pull, Action::Push])],
                BearerProblem::Invalid,
                ",scope=\"repository:a/b:pull,push\",error=\"invalid_token\"",
            ),
            (
                vec![repository("a", &[Action::Delete]), repository("b", &[Action::Pull])],
                BearerProblem::Insufficient,
                ",scope=\"repository:a:delete repository:b:pull\",error=\"insufficient_scope\"",
            ),
        ] {
            assert_eq!(bearer.value(&needed, problem), format!("{beginning}{rest}"));
        }
    }
}
