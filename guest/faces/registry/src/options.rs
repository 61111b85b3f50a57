//! The registry's options, by the variables that distribution has for them.

use crate::access::FaceAccess;
use ossicle_face_storage::{Problem, variables};
use ossicle_registry::{Options, Redirects};
use std::time::Duration;

const SECRET: &str = "REGISTRY_HTTP_SECRET";
const DELETE: &str = "REGISTRY_STORAGE_DELETE_ENABLED";
const NO_REDIRECT: &str = "REGISTRY_STORAGE_REDIRECT_DISABLE";
const READ_ONLY: &str = "REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED";

/// What can't be left unheeded, by how its name begins, and why.
const REFUSED: [(&str, &str); 7] = [
    (
        "REGISTRY_AUTH",
        "can't be heeded: this component reads no files and knows no token server; its users stand in OSSICLE_USERS",
    ),
    ("REGISTRY_HTTP_TLS_CLIENTCAS", "can't be heeded: who may connect is up to this component's host"),
    ("REGISTRY_MIDDLEWARE", "can't be heeded: there are no middlewares"),
    ("REGISTRY_NOTIFICATIONS", "can't be heeded: this component sends none"),
    ("REGISTRY_POLICY", "can't be heeded: there are no policies"),
    ("REGISTRY_PROXY", "can't be heeded: a cache of another registry is not what this is"),
    (
        "REGISTRY_VALIDATION",
        "can't be heeded: what manifests name is always looked for, and nothing else of them is judged",
    ),
];

/// Reads them. `part_size` is the driver's, where it is not the usual one.
pub fn read(part_size: Option<u64>, access: &FaceAccess) -> Result<Options, Problem> {
    for (name, _) in variables::all() {
        if let Some((_, why)) = REFUSED.iter().find(|(begin, _)| name.starts_with(begin)) {
            return Err(Problem::of_variable(&name, *why));
        }
    }
    let secret = variables::text(SECRET).ok_or_else(|| {
        let reason = "is missing: it seals the state of uploads, and each instance needs the same one";
        Problem::of_variable(SECRET, reason).hint("openssl rand -hex 32")
    })?;
    let usual = Options::new(secret);
    Ok(Options {
        read_only: variables::truth(READ_ONLY)?.unwrap_or(false),
        delete_enabled: variables::truth(DELETE)?.unwrap_or(false),
        redirects: (!variables::truth(NO_REDIRECT)?.unwrap_or(false)).then(Redirects::default),
        part_size: part_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usual.part_size),
        // The next request of an upload may come to another instance.
        durable_uploads: true,
        // Another instance may delete what this one has seen a moment ago.
        presence_ttl: Duration::ZERO,
        // Without authentication everyone may read everything.
        mount_from_anywhere: matches!(access, FaceAccess::Anyone),
        ..usual
    })
}
