//! Sorts the objects of a directory, which are listed in byte order, into upstream's order. No I/O: the caller sends
//! the listings.
//!
//! Listed objects are sorted and released, up to where objects that are not listed yet may have to come first: if a
//! page ends at `/lib-x/…`, then `/lib/…` is not listed yet, and `/lib-…` must wait. While few objects wait, the
//! listing continues until it has passed `/lib/`. If many wait, `/lib/` is listed separately, as a region of its own.
//! If regions are nested so deeply that the waiting objects could fill the memory, they are dropped and listed again
//! later.

use std::collections::VecDeque;

use super::order::{compare, directories_later, end_of, is_passed, passed_directory, skip, visible_length};
use crate::common_prefix::common_prefix_length;
use crate::oss::ListedObject;

/// How many objects may wait in a region. This is two pages, so that the next page can release what one page leaves
/// waiting.
const MAX_WAITING: usize = 2000;

/// In how many nested regions, besides the innermost one, objects may wait: about 15 MiB in all with the longest names.
const MAX_REGIONS_WAITING: usize = 4;

/// The next step of a traversal.
pub(super) enum Next {
    /// The next object.
    Object(ListedObject),
    /// List more objects of [`Traversal::region`], after [`Traversal::after`].
    List,
    /// The traversal is complete.
    End,
}

/// A traversal of a directory. Its objects are named by their paths. A name that is not a path is cut to its
/// directories, with a `/` at the end.
pub(super) struct Traversal {
    /// The regions, each within the one before. The last one is being listed.
    regions: Vec<Region>,
    /// Everything up to here, in upstream's order, was released or is not wanted.
    passed: String,
    /// The released objects.
    ready: VecDeque<ListedObject>,
    max_waiting: usize,
    max_regions_waiting: usize,
    /// The maximum length of a path.
    longest: usize,
}

/// A directory that is listed separately.
struct Region {
    /// The prefix of the region's paths.
    prefix: String,
    /// How far the region is listed, in byte order.
    after: String,
    /// Whether `after` is where the region's last page ended, and no other region was listed since.
    is_where_the_page_ended: bool,
    /// Whether the whole region is listed.
    is_listed: bool,
    /// The listed objects that wait, in upstream's order.
    waiting: Vec<ListedObject>,
}

impl Traversal {
    /// A traversal of the directory `below`, which ends in `/`, that begins after `passed`. No path is longer than
    /// `longest`.
    pub(super) fn new(below: String, passed: &str, longest: usize) -> Self {
        let mut traversal = Self { passed: passed.to_owned(), longest, ..Self::empty() };
        traversal.enter(below);
        traversal
    }

    /// A traversal of nothing.
    pub(super) fn empty() -> Self {
        let (regions, ready) = (Vec::new(), VecDeque::new());
        let (max_waiting, max_regions_waiting) = (MAX_WAITING, MAX_REGIONS_WAITING);
        Self { regions, passed: String::new(), ready, max_waiting, max_regions_waiting, longest: 0 }
    }

    /// Sets other limits, for tests.
    #[cfg(test)]
    pub(super) fn limit(&mut self, max_waiting: usize, max_regions_waiting: usize) {
        (self.max_waiting, self.max_regions_waiting) = (max_waiting, max_regions_waiting);
    }

    /// The prefix of the paths to list.
    pub(super) fn region(&self) -> &str {
        self.regions.last().map_or("", |region| &region.prefix)
    }

    /// The string after which to list, in byte order; equal to the region if all of it is wanted.
    pub(super) fn after(&self) -> &str {
        self.regions.last().map_or("", |region| &region.after)
    }

    /// Whether [`Self::after`] is where the previous page ended.
    pub(super) fn is_where_the_page_ended(&self) -> bool {
        self.regions.last().is_some_and(|region| region.is_where_the_page_ended)
    }

    /// Adds a page of the region, which is in byte order.
    pub(super) fn add_page(&mut self, page: Vec<ListedObject>, is_last: bool) {
        let Some(region) = self.regions.last_mut() else { return };
        region.is_listed = is_last;
        region.is_where_the_page_ended = true;
        if let Some(last) = page.last() {
            region.after.clone_from(&last.name);
        }
        for mut object in page {
            object.name.truncate(visible_length(&object.name));
            if compare(&object.name, &self.passed).is_gt() {
                region.insert(object);
            }
        }
        self.release();
    }

    /// Takes the next released object, if there is one.
    pub(super) fn take_ready(&mut self) -> Option<ListedObject> {
        self.ready.pop_front()
    }

    /// The next step.
    pub(super) fn next(&mut self) -> Next {
        loop {
            if let Some(object) = self.ready.pop_front() {
                return Next::Object(object);
            }
            let Some(region) = self.regions.last() else { return Next::End };
            if region.is_listed {
                self.leave();
            } else if region.waiting.len() < self.max_waiting {
                return Next::List;
            } else if let Some(inner) = region.directory_to_list_first(&self.passed) {
                self.enter(inner);
            } else {
                return Next::List;
            }
        }
    }

    /// Releases the objects that no unlisted object can precede, and moves the listing past what is done.
    fn release(&mut self) {
        let Some(region) = self.regions.last_mut() else { return };
        self.ready.extend(region.take_released(&self.passed));
        if let Some(last) = self.ready.back() {
            self.passed.clone_from(&last.name);
        }
        region.skip(&self.passed, self.longest);
    }

    /// Lists a directory as a region of its own.
    fn enter(&mut self, prefix: String) {
        if let Some(outer) = self.regions.last_mut() {
            // The next page belongs to another listing.
            outer.is_where_the_page_ended = false;
            if self.regions.len() > self.max_regions_waiting
                && let Some(outer) = self.regions.last_mut()
            {
                outer.drop_waiting();
            }
        }
        let mut region = Region {
            after: prefix.clone(),
            is_where_the_page_ended: false,
            is_listed: is_passed(&prefix, &self.passed),
            waiting: Vec::new(),
            prefix,
        };
        region.skip(&self.passed, self.longest);
        self.regions.push(region);
    }

    /// Returns to the region around the innermost one.
    fn leave(&mut self) {
        if let Some(region) = self.regions.pop() {
            let end = end_of(&region.prefix);
            if compare(&end, &self.passed).is_gt() {
                self.passed = end;
            }
        }
        self.release();
    }
}

impl Region {
    /// Inserts a listed object in upstream's order. Nearly always its place is the end, and otherwise few objects wait.
    fn insert(&mut self, object: ListedObject) {
        let is_before = |other: &ListedObject| compare(&other.name, &object.name).is_le();
        let at = match self.waiting.last() {
            Some(last) if !is_before(last) => self.waiting.partition_point(is_before),
            _ => self.waiting.len(),
        };
        self.waiting.insert(at, object);
    }

    /// Takes the waiting objects that no unlisted object can precede.
    fn take_released(&mut self, passed: &str) -> impl Iterator<Item = ListedObject> {
        let bound = match self.directory_later(passed) {
            _ if self.is_listed => None,
            Some(directory) => Some(directory),
            None => Some(match passed_directory(&self.prefix, &self.after, passed) {
                // This directory is done, and what its siblings wait for comes after it.
                Some(directory) => [directory, ".~"].concat(),
                None => self.after.clone(),
            }),
        };
        let count = bound.map_or(self.waiting.len(), |bound| {
            self.waiting.partition_point(|object| compare(&object.name, &bound).is_le())
        });
        self.waiting.drain(..count)
    }

    /// The first directory that is not listed yet although upstream has it before the last listed object.
    fn directory_later(&self, passed: &str) -> Option<String> {
        directories_later(&self.after, self.prefix.len()).find(|directory| !is_passed(directory, passed))
    }

    /// The directory whose content must precede the waiting objects.
    fn directory_to_list_first(&self, passed: &str) -> Option<String> {
        let begun = || {
            // The waiting objects come after the last listed one in upstream's order but before it in byte order, so
            // the first difference is a slash in the latter.
            let first = self.waiting.first()?;
            let same = common_prefix_length(first.name.as_bytes(), self.after.as_bytes());
            self.after.get(..=same).map(str::to_owned)
        };
        let directory = self.directory_later(passed).or_else(begun)?;
        (directory.len() > self.prefix.len() && directory.ends_with('/')).then_some(directory)
    }

    /// Drops the waiting objects, so that they are listed again.
    fn drop_waiting(&mut self) {
        let first = self.waiting.drain(..).map(|object| object.name).min();
        if let Some(mut before) = first {
            // Continue a little before the first of them: whatever lies between is passed already.
            before.pop();
            self.after = before.max(self.prefix.clone());
        }
    }

    /// Moves the listing past what is done.
    fn skip(&mut self, passed: &str, longest: usize) {
        let skipped = skip(&self.prefix, &self.after, passed);
        if *skipped == self.after {
            return;
        }
        let mut skipped = skipped.into_owned();
        // OSS rejects a longer string, and names are not longer.
        let end = (0..=longest).rev().find(|end| skipped.is_char_boundary(*end)).unwrap_or_default();
        skipped.truncate(end);
        if skipped > self.after {
            self.after = skipped;
            self.is_where_the_page_ended = false;
        }
    }
}
