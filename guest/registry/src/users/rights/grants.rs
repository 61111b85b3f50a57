//! The rights of users by repository.

use std::collections::BTreeMap;

use super::actions::Actions;
use super::pattern::Pattern;
use crate::ports::{AccessRequest, Action, Resource};

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A sender without credentials.
    Anonymous,
    /// A user whose password was right.
    User(String),
}

/// The allowed actions by pattern of repository names.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants(pub(super) Vec<(Pattern, Actions)>);

/// The rights of all users.
#[derive(Clone, Debug)]
pub struct Rights {
    pub(super) anonymous: Grants,
    pub(super) every_user: Grants,
    pub(super) users: BTreeMap<String, Grants>,
}

impl Grants {
    fn actions_in(&self, repository: &str) -> Actions {
        let matching = self.0.iter().filter(|(pattern, _)| pattern.matches(repository));
        matching.fold(Actions::default(), |all, (_, actions)| all.union(*actions))
    }

    fn pulls_everything(&self) -> bool {
        self.0.iter().any(|(pattern, actions)| pattern.is_everything() && actions.pull)
    }
}

impl Rights {
    /// The default rights: every user may do everything, and senders without credentials may pull if `anonymous_pull`
    /// is set.
    pub fn usual(anonymous_pull: bool) -> Self {
        let everywhere = |actions| Grants(vec![(Pattern::everything(), actions)]);
        Self {
            anonymous: if anonymous_pull { everywhere(Actions::PULL) } else { Grants::default() },
            every_user: everywhere(Actions::ALL),
            users: BTreeMap::new(),
        }
    }

    fn grants_for(&self, identity: &Identity) -> impl Iterator<Item = &Grants> {
        let (every_user, own) = match identity {
            Identity::Anonymous => (None, None),
            Identity::User(name) => (Some(&self.every_user), self.users.get(name)),
        };
        [Some(&self.anonymous), every_user, own].into_iter().flatten()
    }

    /// Whether a sender has all the rights that a request needs.
    pub fn allow(&self, identity: &Identity, needed: &AccessRequest) -> bool {
        match &needed.resource {
            // Every known user may read the registry itself. A sender without credentials needs a right to pull
            // something: a client that gets no challenge for this request never sends its credentials.
            Resource::Registry => {
                *identity != Identity::Anonymous || self.anonymous.0.iter().any(|(_, grant)| grant.pull)
            }
            Resource::Catalog => self.grants_for(identity).any(Grants::pulls_everything),
            Resource::Repository(name) => {
                let granted = self
                    .grants_for(identity)
                    .fold(Actions::default(), |all, grants| all.union(grants.actions_in(name)));
                needed.actions.iter().all(|action| match action {
                    Action::Pull => granted.pull,
                    Action::Push => granted.push,
                    Action::Delete => granted.delete,
                    Action::All => granted == Actions::ALL,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::RightsDocument;

    fn may(rights: &Rights, who: &str, repository: &str, actions: &[Action]) -> bool {
        let identity = if who.is_empty() { Identity::Anonymous } else { Identity::User(who.to_owned()) };
        let resource = match repository {
            "" => Resource::Registry,
            "_catalog" => Resource::Catalog,
            name => Resource::Repository(name.to_owned()),
        };
        rights.allow(&identity, &AccessRequest { resource, actions: actions.to_vec() })
    }

    #[test]
    fn default_rights_allow_users_everything_and_others_nothing_or_pull() {
        use Action::{All, Delete, Pull, Push};
        let rights = Rights::usual(false);
        for actions in [&[Pull][..], &[Pull, Push], &[Delete], &[All], &[]] {
            assert!(may(&rights, "ada", "a/b", actions));
            assert!(actions.is_empty() || !may(&rights, "", "a/b", actions));
        }
        assert!(may(&rights, "ada", "", &[]) && may(&rights, "ada", "_catalog", &[All]));
        assert!(!may(&rights, "", "", &[]) && !may(&rights, "", "_catalog", &[All]));

        let rights = Rights::usual(true);
        assert!(may(&rights, "", "a/b", &[Pull]) && may(&rights, "", "", &[]) && may(&rights, "", "_catalog", &[All]));
        assert!(!may(&rights, "", "a/b", &[Pull, Push]) && !may(&rights, "", "a/b", &[Delete]));
    }

    #[test]
    fn rights_of_a_document_add_up() {
        use Action::{All, Delete, Pull, Push};
        let text = r#"{
            "anonymous": { "public/**": ["pull"] },
            "users": {
                "*": { "shared/*": ["pull"] },
                "ada": { "team/**": ["push"], "team/old": ["delete"] },
                "root": { "**": ["pull", "push", "delete"] }
            }
        }"#;
        let document: RightsDocument = serde_json::from_str(text).unwrap();
        let rights = Rights::new(document).unwrap();
        for (who, repository, actions, expected) in [
            ("", "public/a/b", &[Pull][..], true),
            ("", "public", &[Pull], false),
            ("", "shared/a", &[Pull], false),
            ("", "", &[], true),
            ("", "_catalog", &[All], false),
            ("bob", "public/a", &[Pull], true),
            ("bob", "shared/a", &[Pull], true),
            ("bob", "shared/a/b", &[Pull], false),
            ("bob", "team/a", &[Pull], false),
            ("bob", "", &[], true),
            ("ada", "team/a", &[Pull, Push], true),
            ("ada", "team/a", &[Delete], false),
            ("ada", "team/old", &[Pull, Push, Delete], true),
            ("ada", "team/old", &[All], true),
            ("ada", "teams/a", &[Pull], false),
            ("ada", "_catalog", &[All], false),
            ("root", "_catalog", &[All], true),
            ("root", "any/thing", &[Pull, Push], true),
        ] {
            assert_eq!(may(&rights, who, repository, actions), expected, "{who} {repository} {actions:?}");
        }
    }
}
