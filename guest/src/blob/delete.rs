//! Removes a file, or a directory with everything below it.

use futures_util::future::{join, join3};

use super::conditions::{Conditions, TimeSpan};
use super::driver::{Driver, not_found};
use super::error::{DriverError, MAX_LEFT, Reason};
use super::path::Path;
use super::upload_pages::UploadPages;
use super::uploads::RemovalOutcome;
use super::written::Removed;
use crate::error::{Error, ErrorKind};
use crate::key::ObjectName;
use crate::oss::{ListFrom, ListRequest, Listed, MAX_BATCH, MAX_KEYS};
use crate::ports::Ports;

impl<P: Ports> Driver<P> {
    /// Removes a file, and a directory with everything below it, including uploads. 4 requests for a file; for a
    /// directory 2 more for each further 1000 objects, 1 for each upload, and 1 for the checkpoints of all uploads.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is nothing at the path or below it; [`Reason::Left`] if some could not be
    /// removed; [`ErrorKind::TooLate`]; [`ErrorKind::Unsupported`] for an invalid window; and anything a request can
    /// fail with.
    pub async fn delete(&self, path: &str, window: Option<TimeSpan>) -> Result<Removed, DriverError> {
        let conditions = Conditions::within(path, window)?;
        let guard = conditions.guard();
        let parsed = Path::parse(path)?;
        let object = parsed.object(self.0.root())?;
        let prefix = parsed.prefix(self.0.root());
        let mut pages = UploadPages::new(&self.0, parsed)?;
        let listing = self.page(path, prefix.as_deref(), ListFrom::Start);
        let (file, first, uploads) = join3(self.is_file(path, &object), listing, pages.next()).await;
        let (is_file, mut page, mut uploads) = (file?, first?, uploads?);
        if !is_file && page.objects.is_empty() && page.next.is_none() && uploads.is_none() {
            return Err(not_found(path));
        }
        let (mut left, mut date) = (Vec::new(), None);
        while let Some(some) = uploads {
            let outcome = self.abort_all(path, &some, guard).await?;
            left.extend(outcome.left);
            date = date.max(outcome.date);
            uploads = if left.len() < MAX_LEFT { pages.next().await? } else { None };
        }
        while left.len() < MAX_LEFT {
            let mut names: Vec<_> =
                page.objects.into_iter().filter_map(|object| ObjectName::listed(object.name)).collect();
            let is_last = page.next.is_none();
            if is_last && is_file && (names.is_empty() || names.len() == MAX_BATCH) {
                date = date.max(self.0.client.delete_object_in(path, &object, guard).await?);
            } else if is_last && is_file {
                names.push(object.clone());
            }
            // List the next page while the objects of this one are removed.
            let next = page.next.take();
            let listing = async {
                match &next {
                    Some(next) => self.page(path, prefix.as_deref(), ListFrom::Page(next)).await.map(Some),
                    None => Ok(None),
                }
            };
            let removing = async {
                if names.is_empty() {
                    Ok(RemovalOutcome::default())
                } else {
                    self.delete_all(path, &names, guard).await
                }
            };
            let (listed, outcome) = join(listing, removing).await;
            let outcome = outcome?;
            left.extend(outcome.left);
            date = date.max(outcome.date);
            match listed? {
                Some(next) => page = next,
                None => break,
            }
        }
        let removed = Removed { date, perhaps_again: conditions.perhaps_again() };
        if left.is_empty() { Ok(removed) } else { Err(DriverError::new(path, Reason::Left(left))) }
    }

    async fn is_file(&self, path: &str, object: &ObjectName) -> Result<bool, Error> {
        match self.0.client.head_object(path, object).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A page of the objects below a directory; empty if there can't be any.
    async fn page(&self, path: &str, prefix: Option<&str>, from: ListFrom<'_>) -> Result<Listed, Error> {
        let Some(prefix) = prefix else { return Ok(Listed::default()) };
        let request = ListRequest { key: Some(path), prefix, one_level: false, from, max_keys: MAX_KEYS };
        self.0.client.list_objects(&request).await
    }
}
