//! The tenants of a file.

use super::arguments::{Bucket, Serving};
use super::serving::secret;
use crate::component::Component;
use crate::error::CommandError;
use crate::session::engine;
use crate::settings::{Problem, warn_if_open};
use ossicle_service::{Common, Environment, Tenants, TenantsFile};
use std::path::Path;
use zeroize::Zeroizing;

/// Opens them.
pub async fn open(
    path: &Path,
    serving: &Serving,
    bucket: &Bucket,
    environment: Environment,
) -> Result<Tenants, CommandError> {
    if bucket.is_given() {
        let reason = "--tenants FILE says which buckets are served: a flag for one bucket is of no use beside it";
        return Err(Problem::new(reason).into());
    }
    let problem = |reason: String| Problem::new(format!("the tenants of {}: {reason}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| problem(format!("can't be read: {error}")))?;
    let text = Zeroizing::new(text);
    warn_if_open(path);
    let file = TenantsFile::read(&text).map_err(|error| problem(error.to_string()))?;
    let secret = Zeroizing::new(secret(serving, None)?);
    let options = engine::few_tenants().limits(file.engine().clone());
    let engine = engine::start_with(&[Component::Blobs], options).await?.engine;
    let common = Common { secret: &secret, environment };
    Ok(file.open(&engine, common).map_err(|error| problem(error.to_string()))?)
}
