//! Deletion of a blob from a repository. The content is left to the garbage collection.

use http::StatusCode;

use crate::body::ResponseBody;
use crate::digest::Digest;
use crate::event::{Event, EventAction, EventTarget};
use crate::failure::Failure;
use crate::gc::Kind;
use crate::layout;
use crate::links::window_after;
use crate::name::RepositoryName;
use crate::ports::Ports;
use crate::registry::{Answer, Registry, response};

impl<P: Ports> Registry<P> {
    /// `DELETE` of a blob. 2 requests.
    pub(crate) async fn delete_blob(&self, name: &RepositoryName, digest: &Digest) -> Result<Answer<P>, Failure> {
        let link = layout::layer_link(name, digest);
        self.epochs().forget(Kind::Blob, name, digest);
        let read = self.read_link(&link).await?.ok_or_else(|| Failure::blob_unknown(digest))?;
        self.delete_within(&[link], window_after(read.date)).await?;
        // A concurrent request may have remembered the blob again.
        self.epochs().forget(Kind::Blob, name, digest);
        let mut response = response(StatusCode::ACCEPTED, ResponseBody::empty());
        let target = EventTarget::Blob { digest: digest.clone(), size: None };
        Event { action: EventAction::Delete, repository: name.clone(), target }.attach(&mut response);
        Ok(response)
    }
}
