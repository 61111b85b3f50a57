//! Mounting: linking a blob of one repository in another.

use crate::digest::Digest;
use crate::failure::Failure;
use crate::name::RepositoryName;
use crate::ports::Ports;
use crate::registry::{Call, Registry};

impl<P: Ports> Registry<P> {
    /// Links a blob in a repository, if it is in the one that `from` names and the client may read that one. Its size, if it
    /// was linked; otherwise the client has to upload it. 3 requests; 1 where the source is remembered.
    pub(crate) async fn mount(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        call: &Call<'_>,
    ) -> Result<Option<u64>, Failure> {
        let mounted = match call.query.get("from") {
            Some(from) => {
                let Some(from) = RepositoryName::parse(from) else { return Ok(None) };
                if !self.may_pull(&from, call).await {
                    return Ok(None);
                }
                self.pushes().mount(name, &from, digest).await?
            }
            None if self.options().mount_from_anywhere => self.pushes().adopt(name, digest).await?,
            None => None,
        };
        Ok(mounted.map(|presence| presence.size))
    }
}
