//! How a source of credentials is named.

/// The words for [`super::super::Field::Source`].
pub const SOURCES: [&str; 7] = ["fixed", "oidc-role", "ram-role", "profile", "credentials-file", "ecs-role", "uri"];
