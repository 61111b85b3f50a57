//! Settings of authentication.

use std::path::PathBuf;

use ossicle_registry::users::DEFAULT_REALM;

/// Settings of authentication by an htpasswd file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HtpasswdSettings {
    /// What a client shows when it asks for a password.
    pub realm: String,
    /// The htpasswd file.
    pub path: PathBuf,
    /// The file with the rights per repository. Without one every user may do everything.
    pub rights: Option<PathBuf>,
    /// Whether whoever sends no credentials may pull from every repository. With a file of rights that one says so instead.
    pub anonymous_pull: bool,
}

impl Default for HtpasswdSettings {
    fn default() -> Self {
        Self { realm: DEFAULT_REALM.to_owned(), path: PathBuf::new(), rights: None, anonymous_pull: false }
    }
}

/// Settings of authentication by a token server, by their names in distribution's configuration (`auth.token`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenSettings {
    /// The URL where clients get a token.
    pub realm: String,
    /// The name of this registry, which a token's `aud` must hold.
    pub service: String,
    /// What a token's `iss` must be.
    pub issuer: String,
    /// A file in PEM with the certificates at which a token's chain must end, or whose keys sign tokens themselves.
    pub rootcertbundle: Option<PathBuf>,
    /// A file with a JWKS whose keys sign tokens.
    pub jwks: Option<PathBuf>,
    /// Whether clients should get tokens from this registry's own host. It is not supported: with `true` the settings are
    /// refused.
    pub autoredirect: bool,
}
