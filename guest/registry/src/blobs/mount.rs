//! Mounting: linking a blob of one repository in another.

use crate::cache::Kind;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::layout;
use crate::links::found;
use crate::name::RepositoryName;
use crate::ports::{Ports, Storage};
use crate::registry::{Call, Registry};

impl<P: Ports> Registry<P> {
    /// Links a blob in a repository, if it is in the one that `from` names and the client may read that one. Whether it was
    /// linked; when not, the client has to upload it. 3 requests; 1 where the source is remembered.
    pub(crate) async fn mount(&self, name: &RepositoryName, digest: &Digest, call: &Call<'_>) -> Result<bool, Failure> {
        let source = match call.query.get("from") {
            Some(from) => {
                let Some(from) = RepositoryName::parse(from) else { return Ok(false) };
                if !self.may_pull(&from, call).await {
                    return Ok(false);
                }
                self.find(Kind::Blob, &from, digest).await?.map(|presence| (presence.target, presence.size))
            }
            None if self.options().mount_from_anywhere => {
                let stat = found(self.storage().stat(&layout::blob(digest)).await)?;
                stat.map(|stat| (digest.clone(), stat.info.size))
            }
            None => None,
        };
        // A blob that distribution stored under another digest is uploaded anew: such links are read and never written.
        let Some((_, size)) = source.filter(|(target, _)| target == digest) else { return Ok(false) };
        self.confirm(Kind::Blob, name, digest, digest, size).await?;
        Ok(true)
    }
}
