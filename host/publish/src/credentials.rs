//! Credentials for a registry, from the files that `docker login` and `podman login` write.

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use secrecy::SecretString;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// What a client is known by.
#[derive(Debug)]
pub enum Credential {
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// A token that is exchanged for another one.
    IdentityToken(SecretString),
}

/// Why the credentials that are there can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The file can't be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What is in the file, or what the helper that it names answers, is no credential. What is there is not told.
    #[error("{}: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The files that may have credentials, in the order in which they are asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AuthFiles {
    /// The file that the environment names, and no other counts beside it.
    named: Option<PathBuf>,
    usual: Vec<PathBuf>,
}

impl AuthFiles {
    /// Those of podman and skopeo, then docker's: `REGISTRY_AUTH_FILE` alone where it is set, otherwise
    /// `$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json` and `config.json` in `$DOCKER_CONFIG` or
    /// `~/.docker`.
    pub fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = path("HOME");
        let in_home = |folder: &str| home.as_ref().map(|home| home.join(folder));
        let usual = [
            path("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            path("XDG_CONFIG_HOME").or_else(|| in_home(".config")).map(|folder| folder.join("containers/auth.json")),
            path("DOCKER_CONFIG").or_else(|| in_home(".docker")).map(|folder| folder.join("config.json")),
        ];
        Self { named: path("REGISTRY_AUTH_FILE"), usual: usual.into_iter().flatten().collect() }
    }

    /// The credential for a registry, from the first file that has one. None of them has to be there, but the named one.
    ///
    /// It may run the program that a file names as its store (`docker-credential-…`) and wait for it.
    pub fn find(&self, registry: &str) -> Result<Option<Credential>, CredentialError> {
        // As docker names its own registry.
        let server = match registry {
            "docker.io" | "index.docker.io" => "https://index.docker.io/v1/",
            other => other,
        };
        if let Some(path) = &self.named {
            let file = File::open(path).map_err(|error| CredentialError::Unreadable { path: path.clone(), error })?;
            return read(file, path, server);
        }
        for path in &self.usual {
            match File::open(path) {
                Ok(file) => {
                    if let Some(found) = read(file, path, server)? {
                        return Ok(Some(found));
                    }
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(error) => return Err(CredentialError::Unreadable { path: path.clone(), error }),
            }
        }
        Ok(None)
    }
}

fn read(file: File, path: &Path, server: &str) -> Result<Option<Credential>, CredentialError> {
    let unusable = |reason: String| Err(CredentialError::Unusable { path: path.to_owned(), reason });
    match get_credential_from_reader(BufReader::new(file), server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Credential::Password { user, password: password.into() }))
        }
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credential::IdentityToken(token.into()))),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        // A helper that has no credential for a server says so on its standard output and fails.
        Err(CredentialRetrievalError::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => {
            Ok(None)
        }
        // Of a helper's output nothing is told, because it may be a secret.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => unusable(format!("the program {helper} failed")),
        Err(CredentialRetrievalError::HelperCommunicationError) => {
            unusable("the program that it names for credentials can't be run, or ended before it was asked".to_owned())
        }
        Err(error) => unusable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const SECRET: &str = "CANARY0password";

    fn environment(pairs: &[(&str, &Path)]) -> AuthFiles {
        AuthFiles::of_environment(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, path)| path.as_os_str().to_owned())
        })
    }

    /// `user:CANARY0password` in base64.
    const AUTHS: &str = r#"{"auths": {"r.example:5000": {"auth": "dXNlcjpDQU5BUlkwcGFzc3dvcmQ="}}}"#;

    fn user(found: Option<Credential>) -> Option<String> {
        let Credential::Password { user, password } = found? else { panic!("a token") };
        assert_eq!(password.expose_secret(), SECRET);
        Some(user)
    }

    #[test]
    fn files_are_asked_in_order_and_need_not_be_there() {
        let home = tempfile::tempdir().unwrap();
        let files = environment(&[("HOME", home.path())]);
        assert!(files.find("r.example:5000").unwrap().is_none());
        std::fs::create_dir_all(home.path().join(".docker")).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), AUTHS).unwrap();
        assert_eq!(user(files.find("r.example:5000").unwrap()).as_deref(), Some("user"));
        assert!(files.find("r.example").unwrap().is_none());
        // podman's counts before docker's.
        std::fs::create_dir_all(home.path().join(".config/containers")).unwrap();
        let other = AUTHS.replace("dXNlcjpDQU5BUlkwcGFzc3dvcmQ=", "b3RoZXI6Q0FOQVJZMHBhc3N3b3Jk");
        std::fs::write(home.path().join(".config/containers/auth.json"), other).unwrap();
        assert_eq!(user(files.find("r.example:5000").unwrap()).as_deref(), Some("other"));
    }

    #[test]
    fn the_file_that_the_environment_names_counts_alone_and_must_be_there() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(".docker")).unwrap();
        std::fs::write(home.path().join(".docker/config.json"), AUTHS).unwrap();
        let named = home.path().join("auth.json");
        let files = environment(&[("HOME", home.path()), ("REGISTRY_AUTH_FILE", &named)]);
        assert!(matches!(files.find("r.example:5000"), Err(CredentialError::Unreadable { .. })));
        std::fs::write(&named, "{}").unwrap();
        assert!(files.find("r.example:5000").unwrap().is_none());
    }

    #[test]
    fn what_can_not_be_used_is_refused_without_its_content() {
        let home = tempfile::tempdir().unwrap();
        let named = home.path().join("auth.json");
        let files = environment(&[("REGISTRY_AUTH_FILE", &named)]);
        for text in [
            SECRET.to_owned(),
            format!(r#"{{"auths": {{"r.example": {{"auth": "{SECRET}!"}}}}}}"#),
            r#"{"credsStore": "of-nobody-at-all"}"#.to_owned(),
        ] {
            std::fs::write(&named, text).unwrap();
            let error = files.find("r.example").unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(told.contains("auth.json") && !told.contains(SECRET), "{told}");
        }
    }
}
