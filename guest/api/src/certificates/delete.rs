//! Removing values.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::change::Change;
use crate::api::{Api, Call};
use crate::conditions::Conditions;
use crate::json::RemovedView;
use crate::ports::{Certificates, Ports, StorageErrorKind};
use crate::problem::{Problem, ProblemKind};
use crate::{key, reply};

impl<P: Ports> Api<P> {
    /// 2 requests for the removal and 1 or 2 for a look at what is there, unless it is recursive 2 more for a look at what is
    /// below it; with conditions 4 more.
    pub(crate) async fn delete_certificate(&self, call: &Call<'_>) -> Result<Response<Bytes>, Problem> {
        let key = key::key(&call.name)?;
        let recursive = call.query.switch("recursive")?;
        let conditions = Conditions::of(call.headers)?;
        self.lease_of(call)?;
        let info = self.ports().certificates().stat(&key).await?;
        // The storage removes a value and what is below it in one.
        if !recursive && (info.is_directory || self.has_more_below(&key).await?) {
            let detail = "there are keys below it; `recursive=true` removes them as well";
            return Err(Problem::new(ProblemKind::IsDirectory, detail).at(key));
        }
        let perhaps_again = self.change_certificate(call, &key, &conditions, Change::Delete).await?;
        reply::document(StatusCode::OK, &RemovedView { perhaps_again })
    }

    async fn has_more_below(&self, key: &str) -> Result<bool, Problem> {
        match self.ports().certificates().list(key, false).await {
            Ok(below) => Ok(!below.entries.is_empty() || below.left_out > 0),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
