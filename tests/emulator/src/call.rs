//! A request whose sender is known, on its way to its operation.

use std::sync::Arc;

use http::{HeaderMap, Method};

use crate::access;
use crate::address::{Entrance, Target};
use crate::auth::Identity;
use crate::failures::Failure;
use crate::faults::Glob;
use crate::names;
use crate::operation::Operation;
use crate::query::Query;
use crate::server::Inbound;
use crate::shared::Shared;
use crate::store::Bucket;

/// Why a request gets no ordinary answer.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It gets an error.
    Fail(Failure),
    /// It gets nothing: the connection closes.
    HangUp,
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Fail(failure)
    }
}

/// A request, verified and ready to be answered.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) method: Method,
    pub(crate) operation: Operation,
    pub(crate) target: Target,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) inbound: Inbound,
    /// Who signed it; nobody if it is anonymous.
    pub(crate) identity: Option<Identity>,
    /// The time of the request, in seconds.
    pub(crate) now: i64,
    /// Keys a batch delete is to leave alone, by a fault.
    pub(crate) skip_keys: Vec<Glob>,
}

impl Call {
    /// A header as text; nothing if it is absent or not UTF-8.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).map(str::trim)
    }

    pub(crate) fn bucket_name(&self) -> &str {
        self.target.bucket.as_deref().unwrap_or("")
    }

    /// The account of the sender.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.owner.as_str())
    }

    /// The sender, who must have signed.
    pub(crate) fn signed(&self) -> Result<&Identity, Failure> {
        self.identity.as_ref().ok_or_else(Failure::anonymous)
    }

    /// The bucket, if it exists, may be reached through this host and lets the sender do what it asks for.
    pub(crate) fn bucket(&self) -> Result<Arc<Bucket>, Failure> {
        let bucket = self.existing_bucket()?;
        if bucket.public_endpoint_forbidden()
            && matches!(self.target.entrance, Entrance::Public(_))
            && !self.operation.manages_bucket()
        {
            return Err(Failure::public_endpoint());
        }
        access::check(self, &bucket)?;
        Ok(bucket)
    }

    fn existing_bucket(&self) -> Result<Arc<Bucket>, Failure> {
        let name = self.bucket_name();
        let bucket = self.shared.store.bucket(name).ok_or_else(|| {
            // A host that is no valid bucket name came from an unbound custom domain; it names no bucket either.
            if names::is_bucket(name) || name.contains('.') {
                Failure::no_such_bucket(name)
            } else {
                Failure::bucket_name(name)
            }
        })?;
        match self.target.entrance.region() {
            Some(region) if region != bucket.region() => {
                Err(Failure::wrong_endpoint(name, &format!("oss-{}.aliyuncs.com", bucket.region())))
            }
            _ => Ok(bucket),
        }
    }

    /// The key, if it is a valid one.
    pub(crate) fn key(&self) -> Result<&str, Failure> {
        let key = self.target.key.as_deref().unwrap_or("");
        names::check_key(key).map_err(|bad| Failure::key(bad, key))?;
        Ok(key)
    }

    /// The version that is asked for, if one is.
    pub(crate) fn version_id(&self) -> Result<Option<&str>, Failure> {
        let id = self.query.get("versionId");
        match id.map(names::check_version) {
            Some(Err(())) => Err(Failure::version_id(id.unwrap_or(""))),
            _ => Ok(id),
        }
    }
}
