//! Objects of a directory in upstream's order, out of listings in the order of bytes. No I/O: the caller lists what is asked
//! for.
//!
//! What is listed is put into upstream's order and given out up to what may still be listed and comes before: when a page
//! ends at `/lib-x/…`, then `/lib/…` is not listed yet, and `/lib-…` waits. While little waits, more is listed, until the
//! listing has passed `/lib/`. When much waits, `/lib/` is listed by itself, as a region of its own. Where regions nest so
//! deep that what waits could fill the memory, it is dropped and listed again later.

use std::collections::VecDeque;

use super::order::{compare, directories_later, end_of, is_passed, passed_directory, shown, skip};
use crate::beginning::shared;
use crate::oss::ListedObject;

/// How many objects may wait in a region. A page has 1000, so that what one page leaves waiting the next one can release.
const MAX_WAITING: usize = 2000;

/// In how many regions, one in another, objects may wait beside the innermost one: some 15 MiB in all with the longest names.
const MAX_REGIONS_WAITING: usize = 4;

/// What a traversal comes to next.
pub(super) enum Next {
    /// Its next object.
    Object(ListedObject),
    /// More must be listed: of [`Traversal::region`], behind [`Traversal::after`].
    List,
    /// There is nothing more.
    End,
}

/// A traversal of a directory. It lists paths, or what would be a path if it were valid; of the latter it gives out only the
/// directories, with a `/` at their end.
pub(super) struct Traversal {
    /// The region that is being listed, behind those that it lies in.
    regions: Vec<Region>,
    /// Up to here, in upstream's order, everything was given out or is not wanted.
    passed: String,
    /// What is to be given out.
    ready: VecDeque<ListedObject>,
    max_waiting: usize,
    max_regions_waiting: usize,
    /// How long a path can be.
    longest: usize,
}

/// A directory that is listed by itself.
struct Region {
    /// What its paths begin with.
    prefix: String,
    /// Up to where it is listed, in the order of bytes.
    after: String,
    /// Whether that is where its last page ended, and that was the last page of all.
    is_where_the_page_ended: bool,
    /// Whether all of it is listed.
    is_listed: bool,
    /// What is listed and waits, in upstream's order.
    waiting: Vec<ListedObject>,
}

impl Traversal {
    /// A traversal of the directory `below`, which ends in `/`, that begins behind `passed`. No path is longer than
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

    /// With other limits, for tests.
    #[cfg(test)]
    pub(super) fn limit(&mut self, max_waiting: usize, max_regions_waiting: usize) {
        (self.max_waiting, self.max_regions_waiting) = (max_waiting, max_regions_waiting);
    }

    /// What the paths to list begin with.
    pub(super) fn region(&self) -> &str {
        self.regions.last().map_or("", |region| &region.prefix)
    }

    /// The string that the paths to list come after in the order of bytes; the region where all of it is wanted.
    pub(super) fn after(&self) -> &str {
        self.regions.last().map_or("", |region| &region.after)
    }

    /// Whether that is where the page before ended.
    pub(super) fn is_where_the_page_ended(&self) -> bool {
        self.regions.last().is_some_and(|region| region.is_where_the_page_ended)
    }

    /// Takes in a page of the region, in the order of bytes.
    pub(super) fn listed(&mut self, page: Vec<ListedObject>, is_last: bool) {
        let Some(region) = self.regions.last_mut() else { return };
        region.is_listed = is_last;
        region.is_where_the_page_ended = true;
        if let Some(last) = page.last() {
            region.after.clone_from(&last.name);
        }
        for mut object in page {
            object.name.truncate(shown(&object.name));
            if compare(&object.name, &self.passed).is_gt() {
                region.put(object);
            }
        }
        self.release();
    }

    /// The next object, if it is at hand.
    pub(super) fn at_hand(&mut self) -> Option<ListedObject> {
        self.ready.pop_front()
    }

    /// What comes next.
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
            } else if let Some(inner) = region.to_list_first(&self.passed) {
                self.enter(inner);
            } else {
                return Next::List;
            }
        }
    }

    /// Makes ready what nothing that is not listed yet can come before, and leaves out of the listing what is done.
    fn release(&mut self) {
        let Some(region) = self.regions.last_mut() else { return };
        self.ready.extend(region.released(&self.passed));
        if let Some(last) = self.ready.back() {
            self.passed.clone_from(&last.name);
        }
        region.skip(&self.passed, self.longest);
    }

    /// Continues with a region of its own.
    fn enter(&mut self, prefix: String) {
        if let Some(outer) = self.regions.last_mut() {
            // Its next page is another listing's.
            outer.is_where_the_page_ended = false;
            if self.regions.len() > self.max_regions_waiting
                && let Some(outer) = self.regions.last_mut()
            {
                outer.forget_what_waits();
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

    /// Goes back to the region that the innermost one lies in.
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
    /// Takes in what was listed. Nearly always it comes last, and little waits otherwise.
    fn put(&mut self, object: ListedObject) {
        let is_before = |other: &ListedObject| compare(&other.name, &object.name).is_le();
        let at = match self.waiting.last() {
            Some(last) if !is_before(last) => self.waiting.partition_point(is_before),
            _ => self.waiting.len(),
        };
        self.waiting.insert(at, object);
    }

    /// Takes out of what waits what nothing that is not listed yet can come before.
    fn released(&mut self, passed: &str) -> impl Iterator<Item = ListedObject> {
        let bound = match self.directory_later(passed) {
            _ if self.is_listed => None,
            Some(directory) => Some(directory),
            None => Some(match passed_directory(&self.prefix, &self.after, passed) {
                // Of this directory nothing is wanted any more, and what its siblings wait for is behind it.
                Some(directory) => [directory, ".~"].concat(),
                None => self.after.clone(),
            }),
        };
        let count = bound.map_or(self.waiting.len(), |bound| {
            self.waiting.partition_point(|object| compare(&object.name, &bound).is_le())
        });
        self.waiting.drain(..count)
    }

    /// The first directory that is not listed yet although upstream has it before what was listed last.
    fn directory_later(&self, passed: &str) -> Option<String> {
        directories_later(&self.after, self.prefix.len()).find(|directory| !is_passed(directory, passed))
    }

    /// The directory within whose content must come before what waits.
    fn to_list_first(&self, passed: &str) -> Option<String> {
        let begun = || {
            // What waits comes after what was listed last in upstream's order and before it in that of bytes, so that they
            // differ first where the latter has a slash.
            let first = self.waiting.first()?;
            let same = shared(first.name.as_bytes(), self.after.as_bytes());
            self.after.get(..=same).map(str::to_owned)
        };
        let directory = self.directory_later(passed).or_else(begun)?;
        (directory.len() > self.prefix.len() && directory.ends_with('/')).then_some(directory)
    }

    /// Drops what waits, to be listed again.
    fn forget_what_waits(&mut self) {
        let first = self.waiting.drain(..).map(|object| object.name).min();
        if let Some(mut before) = first {
            // A little before the first of it: what is listed between is passed.
            before.pop();
            self.after = before.max(self.prefix.clone());
        }
    }

    /// Leaves out of the listing what is done.
    fn skip(&mut self, passed: &str, longest: usize) {
        let skipped = skip(&self.prefix, &self.after, passed);
        if *skipped == self.after {
            return;
        }
        let mut skipped = skipped.into_owned();
        // OSS refuses longer ones, and no name needs one.
        let end = (0..=longest).rev().find(|end| skipped.is_char_boundary(*end)).unwrap_or_default();
        skipped.truncate(end);
        if skipped > self.after {
            self.after = skipped;
            self.is_where_the_page_ended = false;
        }
    }
}
