//! Stores and removes a set.

use std::cell::Cell;

use bytes::Bytes;
use futures_util::future::{join_all, try_join, try_join_all};

use super::index::{Index, Kind};
use super::members::{Member, Members, is_id};
use super::rule::SetRule;
use crate::cert::storage::{MAX_VALUE, Storage};
use crate::error::{Error, ErrorKind};
use crate::key::{ObjectName, TOGETHER};
use crate::oss::{Attributes, Change, Guard, Identity, ListFrom, ListRequest, MAX_KEYS, Window};
use crate::ports::Ports;

/// The state before a set is written.
struct Before {
    /// The present value of each key.
    values: Vec<Option<Identity>>,
    /// The copies that were left by calls that crashed.
    copies: Vec<ObjectName>,
}

impl<P: Ports> Storage<P> {
    /// Stores a set, and notes when it exists: after a later failure some work remains, but the set is stored.
    pub(crate) async fn store_together_in(
        &self,
        values: Vec<(String, Bytes)>,
        guard: Option<Guard<'_>>,
        is_stored: &Cell<bool>,
    ) -> Result<(), Error> {
        if let [(key, value)] = values.as_slice() {
            return self.store_in(key, value.clone(), guard).await;
        }
        let keys: Vec<_> = values.iter().map(|(key, _)| key.as_str()).collect();
        let members = self.members(&keys)?;
        let size = values.iter().fold(0_u64, |size, (_, value)| size.saturating_add(value.len() as u64));
        if size > MAX_VALUE {
            let message = format!("the values have {size} bytes together, and a set holds {MAX_VALUE}");
            return Err(Error::new(ErrorKind::Unsupported, members.first(), message));
        }
        let mut given: Vec<_> = values.into_iter().map(|(_, value)| value).collect();
        let mut contents = Vec::with_capacity(given.len());
        for member in &members.list {
            let value = given.get_mut(member.given).map(std::mem::take).unwrap_or_default();
            contents.push(self.content(&member.key, value)?);
        }
        let id = members.draw_id(&self.client.ports);
        let root = &self.client.settings().root;
        let copies = members.list.iter().map(|member| member.copy(root, &id)).collect::<Result<Vec<_>, Error>>()?;
        let before = self.before(&members).await?;
        let put = async |member: &Member, object: &ObjectName, bytes: &Bytes, attributes: &Attributes| {
            let change = Change { guard, ..Change::default() };
            self.client.store_object(&member.key, object, bytes.clone(), attributes, change).await
        };
        let copying = members.list.iter().zip(&copies).zip(&contents).map(|((member, copy), content)| {
            let attributes = content.attributes.in_standard_storage();
            async move { put(member, copy, &content.bytes, &attributes).await }
        });
        let copying = async { first_failure(join_all(copying).await) };
        let index = Index::new(Kind::Stored, id.clone(), &before.values);
        let indexing = async {
            self.put_index(&members, &index, guard).await?;
            is_stored.set(true);
            Ok(())
        };
        let putting = members.list.iter().zip(&contents).map(|(member, content)| {
            let mut attributes = content.attributes.clone();
            attributes.set_of(&id);
            async move { put(member, &content.object, &content.bytes, &attributes).await }
        });
        let putting = async { first_failure(join_all(putting).await) };
        let left: Vec<_> = copies.iter().cloned().chain(before.copies).collect();
        let cleaning = self.client.delete_objects_in(members.first(), &left, guard);
        let steps = self.in_turn(SetRule::CopiesGoLast, putting, cleaning);
        let steps = self.in_turn(SetRule::IndexFirst, indexing, steps);
        self.in_turn(SetRule::CopiesFirst, copying, steps).await
    }

    /// Removes a set, and notes when it is removed: after a later failure only some work remains.
    pub(crate) async fn delete_together_in(
        &self,
        keys: &[&str],
        guard: Option<Guard<'_>>,
        is_removed: &Cell<bool>,
    ) -> Result<(), Error> {
        if let [key] = keys {
            return self.delete_in(key, guard).await;
        }
        let members = self.members(keys)?;
        let before = self.before(&members).await?;
        let id = members.draw_id(&self.client.ports);
        let index = Index::new(Kind::Removed, id, &before.values);
        let indexing = async {
            self.put_index(&members, &index, guard).await?;
            is_removed.set(true);
            Ok(())
        };
        let objects: Vec<_> = members.list.iter().map(|member| member.object.clone()).chain(before.copies).collect();
        let removing = self.client.delete_objects_in(members.first(), &objects, guard);
        // The index is removed last: as long as values exist, it says that they are removed.
        let forgetting = async { self.client.delete_object_in(members.first(), &members.index, guard).await.map(drop) };
        let steps = self.in_turn(SetRule::IndexGoesLast, removing, forgetting);
        self.in_turn(SetRule::IndexFirst, indexing, steps).await
    }

    /// Reads the state before a set is written. 2 requests for each key.
    async fn before(&self, members: &Members) -> Result<Before, Error> {
        let found = try_join_all(members.list.iter().map(|member| {
            let value = self.client.head_identity(&member.key, &member.object);
            try_join(value, self.copies(member))
        }));
        let found = found.await?;
        let (values, copies): (_, Vec<_>) = found.into_iter().unzip();
        Ok(Before { values, copies: copies.into_iter().flatten().collect() })
    }

    /// The copies below a key, at most one page; more would need a thousand crashed calls.
    async fn copies(&self, member: &Member) -> Result<Vec<ObjectName>, Error> {
        let prefix = [member.object.as_str(), "/", TOGETHER, "/"].concat();
        let request = ListRequest {
            key: Some(&member.key),
            prefix: &prefix,
            one_level: false,
            from: ListFrom::Start,
            max_keys: MAX_KEYS,
        };
        let page = self.client.list_objects(&request).await?;
        // The key may also be a directory, and then the indexes of its sets are beside the copies.
        let is_copy =
            |name: &String| !self.keeps(SetRule::OnlyCopiesGo) || name.strip_prefix(&prefix).is_some_and(is_id);
        let copies = page.objects.into_iter().map(|object| object.name).filter(is_copy);
        Ok(copies.filter_map(ObjectName::listed).collect())
    }
}

/// The error of requests that were sent concurrently, if one failed; an expired lease takes precedence. It is undecided
/// if any of them is, so that the release of the lease waits for that.
fn first_failure(results: Vec<Result<(), Error>>) -> Result<(), Error> {
    let mut failures: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    let undecided = failures.iter().any(|error| error.undecided);
    failures.sort_by_key(|error| !Window::closed(error));
    failures.into_iter().next().map_or(Ok(()), |error| Err(Error { undecided, ..error }))
}
