//! Removing files.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::get::path_of;
use crate::api::{Api, Call};
use crate::conditions::{self, Conditions};
use crate::json::RemovedView;
use crate::ports::{Blobs, Ports};
use crate::problem::Problem;
use crate::reply;

impl<P: Ports> Api<P> {
    /// 1 request and 1 for a look at what is there; with conditions and without a lease 4 more. Recursive: 1 listing and 1
    /// removal for each 1000 objects.
    pub(crate) async fn delete_blob(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let path = path_of(call)?;
        let conditions = Conditions::of(call.headers)?;
        let window = self.window_of(call)?;
        let blobs = self.ports().blobs();
        let perhaps_again = if call.query.switch("recursive")? {
            if !conditions.is_none_for_change() {
                return Err(
                    conditions::failed("conditions are for one file, not for all that is below a path").at(path)
                );
            }
            blobs.delete_tree(&path, window).await?
        } else {
            // OSS does not say whether there was something to remove.
            blobs.stat_file(&path).await?;
            match (conditions.is_none_for_change(), window) {
                (true, window) => blobs.delete_file(&path, window).await?,
                (false, Some(window)) => {
                    self.check_file(&path, &conditions).await?;
                    blobs.delete_file(&path, Some(window)).await?
                }
                (false, None) => {
                    let delete = async |window| {
                        let deleted = blobs.delete_file(&path, Some(window)).await;
                        let may_come_yet = deleted.as_ref().map_or_else(|error| error.undecided, |again| *again);
                        (deleted, may_come_yet)
                    };
                    self.change_file(&path, &conditions, delete).await?
                }
            }
        };
        reply::document(StatusCode::OK, &RemovedView { perhaps_again })
    }
}
