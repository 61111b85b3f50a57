//! Locks and their leases.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::api::{Api, Call};
use crate::guarded::LeaseOf;
use crate::json::{BreakView, LeaseView, LockView, ReleaseView};
use crate::operation::{LEASE_HEADER, LONGEST_WAIT_MS};
use crate::ports::{Lease, Locks, Ports};
use crate::problem::{Problem, ProblemKind};
use crate::reply;

impl<P: Ports> Api<P> {
    /// 1 request.
    pub(crate) async fn inspect_lock(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let name = call.name.clone();
        let info = self.ports().locks().inspect(&name).await.map_err(|error| Problem::from(error).at(&name))?;
        reply::document(StatusCode::OK, &LockView::of(name, info))
    }

    /// 2 requests.
    pub(crate) async fn break_lock(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let name = call.name.clone();
        // What the document's numbers can say.
        let token = call.query.number("fencing_token", 0, (1_u64 << 53) - 1)?;
        let token = token.ok_or_else(|| Problem::invalid("the parameter \"fencing_token\" is missing"))?;
        let broken = self.ports().locks().break_lock(&name, token).await;
        let was_held = broken.map_err(|error| Problem::from(error).at(name))?;
        reply::document(StatusCode::OK, &BreakView { was_held, fencing_token: token })
    }

    /// 2 requests for a free lock, and 1 for each look while it waits.
    pub(crate) async fn acquire_lock(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let name = call.name.clone();
        let wait = call.query.number("wait_ms", 0, LONGEST_WAIT_MS)?.unwrap_or_default();
        let locks = self.ports().locks();
        let lease = match wait {
            0 => locks.try_lock(&name).await,
            wait => locks.lock(&name, Duration::from_millis(wait)).await,
        };
        let lease = lease.map_err(|error| Problem::from(error).at(name))?;
        reply::document(StatusCode::CREATED, &LeaseView::of(&lease))
    }

    /// 1 request.
    pub(crate) async fn renew_lease(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let lease = self.lease_of_path(call)?;
        let renewed = self.ports().locks().renew(&lease).await;
        let renewed = renewed.map_err(|error| Problem::from(error).at(lease.name()))?;
        reply::document(StatusCode::OK, &LeaseView::of(&renewed))
    }

    /// 1 request.
    pub(crate) async fn release_lease(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let lease = self.lease_of_path(call)?;
        let released = self.ports().locks().unlock(&lease).await;
        let released = released.map_err(|error| Problem::from(error).at(lease.name()))?;
        reply::document(StatusCode::OK, &ReleaseView::of(lease.fencing_token(), released))
    }

    /// The lease in a request, if there is one.
    pub(crate) fn lease_of(&self, call: &Call<'_>) -> Result<Option<LeaseOf<P>>, Problem> {
        let Some(value) = call.headers.get(LEASE_HEADER) else { return Ok(None) };
        let is_word = |text: &&str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let text = value.to_str().ok().filter(is_word);
        let text = text.ok_or_else(|| Problem::invalid("the header Ossicle-Lease is no lease"))?;
        match self.ports().locks().read_lease(text) {
            Some(lease) => Ok(Some(lease)),
            None => Err(Problem::new(ProblemKind::LeaseLost, "the lease was not given out here, or is damaged")),
        }
    }

    /// The lease in a request for the lock in its path.
    fn lease_of_path(&self, call: &Call<'_>) -> Result<LeaseOf<P>, Problem> {
        let name = call.name.clone();
        let lease = self.lease_of(call)?.ok_or_else(|| Problem::invalid("the header Ossicle-Lease is missing"))?;
        if lease.name() == name {
            Ok(lease)
        } else {
            let detail = format!("the lease is one of the lock {:?}", lease.name());
            Err(Problem::new(ProblemKind::LeaseLost, detail).at(name))
        }
    }
}
