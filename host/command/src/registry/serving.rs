//! How a registry is served: by the command line, and by the configuration of the registry that is replaced.

use super::arguments::{Bucket, Serving};
use super::opening::{self, Opened};
use crate::error::CommandError;
use crate::settings::{Problem, RegistryOptions, warn_if_open};
use crate::terminal::output;
use ossicle_service::access_log::{AccessLog, AccessLogSettings, LogTarget};
use ossicle_service::auth::{Authenticator, HtpasswdSettings};
use ossicle_service::notifications::NotificationSettings;
use ossicle_service::registry::{Options, Redirects};
use ossicle_service::{Collecting, Purging, ServerSettings, TlsFiles};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// Where distribution listens, but on this machine only.
pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5000);

/// The shortest secret of a file: as long as the hash that it keys.
const SECRET_BYTES: usize = 32;

/// How a registry is served.
pub struct Chosen {
    pub address: SocketAddr,
    pub tls: Option<TlsFiles>,
    pub options: Options,
    pub access: Authenticator,
    pub notifications: NotificationSettings,
    pub server: ServerSettings,
    pub purging: Option<Purging>,
    pub collecting: Option<Collecting>,
    pub location_base: Option<String>,
}

/// Finds it out. What the command line says counts before what the replaced registry's configuration says.
pub fn choose(serving: &Serving, bucket: &Bucket, opened: &Opened) -> Result<Chosen, CommandError> {
    let replaced = &opened.replaced;
    if !replaced.unheeded.is_empty() {
        output::warn(&format!(
            "of the registry's configuration these are not heeded: {}",
            replaced.unheeded.join(", ")
        ));
    }
    let access = access(serving, replaced)?;
    let options = options(serving, bucket, opened, access.is_open())?;
    let mut server = server_settings(serving)?;
    server.shutdown_timeout = replaced.drain_timeout.unwrap_or(server.shutdown_timeout);
    Ok(Chosen {
        address: serving.listen.or(replaced.listen).unwrap_or(LISTEN),
        tls: tls(serving).or_else(|| {
            replaced.tls.clone().map(|(certificate, key)| TlsFiles { certificate, key, client_authorities: None })
        }),
        purging: purging(replaced).filter(|_| !options.read_only),
        collecting: collecting(serving, &options)?,
        options,
        access,
        notifications: replaced.notifications.clone(),
        server,
        location_base: replaced.host.clone(),
    })
}

/// Who may do what.
fn access(serving: &Serving, replaced: &RegistryOptions) -> Result<Authenticator, Problem> {
    let Serving { htpasswd, rights, anonymous_pull, .. } = serving;
    let of_file = htpasswd.clone().map(|path| HtpasswdSettings { path, ..HtpasswdSettings::default() });
    let opened = match (of_file.or_else(|| replaced.htpasswd.clone()), replaced.token.clone()) {
        (Some(settings), _) => {
            let (rights, anonymous_pull) = (rights.clone(), *anonymous_pull);
            Authenticator::htpasswd(HtpasswdSettings { rights, anonymous_pull, ..settings })
        }
        (None, _) if rights.is_some() || *anonymous_pull => {
            return Err(Problem::new(
                "--rights and --anonymous-pull are for the users of an htpasswd file: --htpasswd FILE",
            ));
        }
        (None, Some(settings)) => Authenticator::token(settings),
        (None, None) => return Ok(Authenticator::open()),
    };
    opened.map_err(|error| Problem::new(format!("authentication: {error}")))
}

/// How the server treats its connections, and its access log.
pub fn server_settings(serving: &Serving) -> Result<ServerSettings, Problem> {
    let mut settings = ServerSettings::default();
    if let Some(path) = &serving.access_log {
        let wanted = AccessLogSettings { target: LogTarget::File(path.clone()), ..AccessLogSettings::default() };
        settings.observers.log = Some(AccessLog::open(wanted).map_err(|error| Problem::new(error.to_string()))?);
    }
    Ok(settings)
}

/// The certificate that the command line names.
pub fn tls(serving: &Serving) -> Option<TlsFiles> {
    let files = serving.tls_certificate.clone().zip(serving.tls_key.clone());
    files.map(|(certificate, key)| TlsFiles { certificate, key, client_authorities: None })
}

fn options(serving: &Serving, bucket: &Bucket, opened: &Opened, is_open: bool) -> Result<Options, CommandError> {
    let replaced = &opened.replaced;
    // An emulator's content is anybody's who can reach it.
    let is_emulator = opened.emulator.is_some();
    Ok(Options {
        read_only: serving.read_only || replaced.read_only,
        delete_enabled: serving.allow_delete || replaced.delete_enabled || is_emulator,
        redirects: (!serving.no_redirect && !replaced.redirect_disabled).then(Redirects::default),
        part_size: usize::try_from(opened.sizes.part).unwrap_or(usize::MAX),
        durable_uploads: serving.durable_uploads,
        // Without authentication everyone may read everything.
        mount_from_anywhere: is_open,
        gc: opening::gc_settings(bucket)?,
        ..Options::new(secret(serving, replaced.secret.as_deref())?)
    })
}

fn purging(replaced: &RegistryOptions) -> Option<Purging> {
    let wanted = &replaced.purging;
    let usual = Purging::default();
    (!wanted.is_off).then(|| Purging {
        age: wanted.age.unwrap_or(usual.age),
        interval: wanted.interval.unwrap_or(usual.interval),
        dry_run: wanted.dry_run,
    })
}

fn collecting(serving: &Serving, options: &Options) -> Result<Option<Collecting>, Problem> {
    let Some(interval) = serving.gc_every else { return Ok(None) };
    if options.read_only {
        return Err(Problem::new("--gc-every: the registry is read-only, so that it deletes nothing"));
    }
    Collecting::every(interval).map(Some).map_err(|error| Problem::new(format!("--gc-every: {error}")))
}

/// The secret that seals the state of uploads.
pub fn secret(serving: &Serving, replaced: Option<&String>) -> Result<Vec<u8>, CommandError> {
    if let Some(path) = &serving.secret_file {
        return Ok(read_secret(path)?);
    }
    if let Some(secret) = replaced {
        return Ok(secret.as_bytes().to_vec());
    }
    let mut secret = vec![0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|error| CommandError::Random(error.to_string()))?;
    Ok(secret)
}

fn read_secret(path: &Path) -> Result<Vec<u8>, Problem> {
    let problem = |reason: String| Problem::new(format!("the secret of --secret-file {}: {reason}", path.display()));
    let secret = fs::read(path).map_err(|error| problem(format!("can't be read: {error}")))?;
    warn_if_open(path);
    let secret = secret.trim_ascii().to_vec();
    if secret.len() < SECRET_BYTES {
        let reason = format!("has {} bytes, and at least {SECRET_BYTES} are needed", secret.len());
        return Err(problem(reason).hint("openssl rand -hex 32 > FILE"));
    }
    Ok(secret)
}
