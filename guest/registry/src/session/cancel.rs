//! Cancels uploads.
//!
//! An upload without any content exists only in its `Location`. Without session affinity, the next request with that
//! `Location` may reach any process, which would begin the upload: so a mark in the upload's folder shows that it was
//! cancelled. A process that continues an upload lists its folder in any case, so only leaving the mark costs a
//! request. The mark stays until uploads of its age are purged. At the usual age, the `Location` is too old by then as
//! well.

use bytes::Bytes;
use futures_util::future::try_join;
use http::StatusCode;

use super::Claim;
use super::remains::Remains;
use crate::body::ResponseBody;
use crate::failure::Failure;
use crate::layout;
use crate::name::RepositoryName;
use crate::ports::{Clock, Ports};
use crate::registry::{Answer, Call, Registry, response};

impl<P: Ports> Registry<P> {
    /// `DELETE` of an upload: removes everything of it, whichever processes received it. 2 requests, 1 for each upload
    /// to OSS, and 1 for each 1000 files; without session affinity 2 more.
    pub(crate) async fn delete_upload(
        &self,
        name: &RepositoryName,
        uuid: &str,
        call: &Call<'_>,
    ) -> Result<Answer<P>, Failure> {
        let state = self.read_state(name, uuid, call)?;
        match self.sessions().claim(name, uuid, self.environment().monotonic()).await {
            Claim::Ended => return Err(Failure::upload_unknown()),
            Claim::Busy => return Err(Failure::upload_busy()),
            Claim::Live(mut checkout) => {
                checkout.live.cancel(self.storage()).await?;
                let remains = self.remains(name, uuid).await?;
                self.cancel_stored(name, uuid, state.started_at, remains).await?;
                checkout.end();
            }
            Claim::Absent(claimed) => {
                let remains = self.remains(name, uuid).await?;
                // An upload without content has nothing in OSS.
                if remains.is_empty() && (remains.is_cancelled || state.offset > 0) {
                    return Err(Failure::upload_unknown());
                }
                self.cancel_stored(name, uuid, state.started_at, remains).await?;
                claimed.end();
            }
        }
        Ok(response(StatusCode::NO_CONTENT, ResponseBody::empty()))
    }

    /// Removes everything that was found of an upload, and leaves the mark if necessary. The mark is written first: if
    /// the rest fails, no process continues what is left, and cancelling again removes it.
    async fn cancel_stored(
        &self,
        name: &RepositoryName,
        uuid: &str,
        started_at: u64,
        mut remains: Remains,
    ) -> Result<(), Failure> {
        if self.options().durable_uploads && !remains.is_cancelled {
            let mark = layout::upload_cancelled(name, uuid);
            try_join(self.put_start(name, uuid, started_at), self.put_file(&mark, Bytes::new())).await?;
            remains = remains.without_mark(name, uuid);
        }
        self.remove_found(remains).await
    }
}
