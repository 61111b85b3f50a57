//! A walk over buckets of every shape, in pages of every size, against upstream's order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::entries::Entries;
use super::order::compare;
use super::traversal::{Next, Traversal};
use crate::blob::path::Path;
use crate::oss::ListedObject;

const LONGEST: usize = 1024;

/// A bucket whose names are paths, and a walk over it.
struct World {
    names: BTreeSet<String>,
    page: usize,
    max_waiting: usize,
    max_regions_waiting: usize,
}

/// What a walk gave, directories with a `/` at their ends, and how many requests it took.
type Walked = (Vec<String>, usize);

impl World {
    fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect(), page: 1000, max_waiting: 2000, max_regions_waiting: 4 }
    }

    fn list(&self, traversal: &Traversal) -> (Vec<ListedObject>, bool) {
        let (region, after) = (traversal.region(), traversal.after());
        let begins = after <= region && !traversal.is_where_the_page_ended();
        let is_listed = |name: &str| name.starts_with(region) && (begins || name > after);
        let names = self.names.iter().filter(|name| is_listed(name));
        let mut page: Vec<_> = names
            .take(self.page + 1)
            .map(|name| ListedObject { name: name.clone(), ..ListedObject::default() })
            .collect();
        let is_last = page.len() <= self.page;
        page.truncate(self.page);
        (page, is_last)
    }

    fn walk(&self, below: &str, start_after: &str) -> Walked {
        let mut traversal = Traversal::new(below.to_owned(), start_after, LONGEST);
        traversal.limit(self.max_waiting, self.max_regions_waiting);
        let mut entries = Entries::new(below.len(), start_after);
        let (mut all, mut requests) = (Vec::new(), 0);
        loop {
            let piece = entries.piece(&mut traversal);
            assert!(piece.len() <= 1000 && piece.iter().map(|entry| entry.path.len()).sum::<usize>() < 258 << 10);
            if !piece.is_empty() {
                all.extend(piece.into_iter().map(|entry| if entry.is_dir { entry.path + "/" } else { entry.path }));
                continue;
            }
            match traversal.next() {
                Next::Object(object) => entries.set_object(object),
                Next::List => {
                    requests += 1;
                    assert!(requests <= 20 + 20 * self.names.len(), "the walk does not end");
                    let (page, is_last) = self.list(&traversal);
                    traversal.add_page(page, is_last);
                }
                Next::End => return (all, requests),
            }
        }
    }

    /// What upstream's fallback gives: each directory's children in order, and what is in a child right behind it.
    fn expected(&self, below: &str, start_after: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        for name in self.names.iter().filter(|name| name.starts_with(below)) {
            let slashes = name.match_indices('/').map(|(at, _)| at).filter(|at| *at >= below.len());
            for directory in slashes.map_while(|at| name.get(..at).filter(|path| Path::is_valid(path))) {
                found.insert((directory.to_owned(), true));
            }
            if Path::is_valid(name) {
                found.insert((name.clone(), false));
            }
        }
        let mut found: Vec<_> = found.into_iter().filter(|(path, _)| compare(path, start_after).is_gt()).collect();
        found.sort_by(|left, right| compare(&left.0, &right.0).then(left.1.cmp(&right.1)));
        found.into_iter().map(|(path, is_dir)| if is_dir { path + "/" } else { path }).collect()
    }
}

/// Shows where two lists differ and no more: they are long.
#[track_caller]
fn assert_same(left: &[String], right: &[String], what: &str) {
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    assert!(
        left == right,
        "{what}: {} and {} entries, at {same} {:?} and {:?}",
        left.len(),
        right.len(),
        left.get(same),
        right.get(same)
    );
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec("[a.z-]{1,3}", 1..5).prop_map(|components| ["/", &components.join("/")].concat())
}

/// Now and then with what no path has.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![4 => name(), 1 => "/[a./ é~-]{1,6}", 1 => name().prop_map(|name| name + "/")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// 6.1, 6.2: upstream's order, and any string as a lower bound in it, whatever the pages are.
    #[test]
    fn a_walk_is_upstreams(
        names in prop::collection::vec(any_name(), 0..40),
        start_after in prop_oneof![2 => Just(String::new()), 2 => any_name(), 1 => "[/a.~é-]{0,6}"],
        below in prop_oneof![2 => Just("/".to_owned()), 1 => "/[a.-]{1,2}/"],
        page in 1_usize..6,
        max_waiting in 1_usize..12,
        max_regions_waiting in 0_usize..4,
    ) {
        let names = names.into_iter().filter(|name| !name.starts_with("//") && name.len() > 1);
        let world = World { page, max_waiting, max_regions_waiting, ..World::new(names) };
        prop_assert_eq!(world.walk(&below, &start_after).0, world.expected(&below, &start_after));
    }
}

fn numbered(count: usize, name: impl Fn(usize) -> String) -> impl Iterator<Item = String> {
    (0..count).map(name)
}

#[test]
fn a_walk_takes_one_request_for_each_page() {
    // As a registry's repositories: every page ends in one with a hyphen.
    let repositories = (0..500).flat_map(|n| {
        [format!("/r/lib-{n:03}"), format!("/r/lib-{n:03}.x"), format!("/r/b-{n:03}/lib")]
            .into_iter()
            .flat_map(|repository| (0..7).map(move |file| format!("{repository}/_manifests/{file}/link")))
    });
    let world = World::new(repositories.chain(["/r/lib/_manifests/link".to_owned()]));
    let (all, requests) = world.walk("/", "");
    assert_same(&all, &world.expected("/", ""), "");
    // 10 501 objects; `/r/lib/` comes behind 7000 that it must come before, and is listed by itself.
    assert!((11..=14).contains(&requests), "{requests} requests");
}

#[test]
fn a_walk_that_is_continued_does_not_list_what_is_behind_it() {
    let many = numbered(5000, |n| format!("/r/lib/{n:04}")).chain(numbered(5000, |n| format!("/r/lib-x/{n:04}")));
    let world = World::new(many.chain(["/r/lib0/a".to_owned()]));
    for (after, expected, requests) in [
        ("/r/lib/4990", 5012, 10),
        ("/r/lib-x/4990", 11, 3),
        ("/r/lib-y", 2, 3),
        ("/r/lib0/a", 0, 2),
        ("/r/lib~", 0, 1),
        ("/s", 0, 0),
        ("/r", 10_004, 20),
    ] {
        let (all, taken) = world.walk("/r/", after);
        assert_same(&all, &world.expected("/r/", after), after);
        assert_eq!(all.len(), expected, "{after}");
        assert!(taken <= requests, "{after}: {taken} requests");
    }
}

/// 8.1: honest names of 1022 bytes with 508 directories each make 249 MiB of text of one page. They come in pieces, which
/// `World::walk` measures, and no directory costs more than its own text.
#[test]
fn deep_names_come_in_pieces() {
    let deep = "a/".repeat(508);
    let world = World::new(numbered(1000, |n| format!("/{n:04}/{deep}x")));
    let mut traversal = Traversal::new("/".to_owned(), "", LONGEST);
    let mut entries = Entries::new(1, "");
    let Next::List = traversal.next() else { panic!("nothing to list") };
    let (page, is_last) = world.list(&traversal);
    traversal.add_page(page, is_last);
    let (mut pieces, mut count) = (0, 0);
    loop {
        let piece = entries.piece(&mut traversal);
        if piece.is_empty() {
            break;
        }
        assert!(piece.iter().map(|entry| entry.path.len()).sum::<usize>() <= (256 << 10) + 1023);
        (pieces, count) = (pieces + 1, count + piece.len());
    }
    assert_eq!(count, 1000 * 510);
    assert!(pieces > 900);
}

/// What waits is bounded by what two pages hold, also where names nest it.
#[test]
fn little_waits() {
    let nested = (0..30).flat_map(|depth| {
        let directory = "/a-/a".repeat(depth);
        numbered(300, move |n| format!("{directory}-{n:03}"))
    });
    let world = World { page: 100, max_waiting: 200, ..World::new(nested.map(|name| ["/r", &name].concat())) };
    let (all, requests) = world.walk("/", "");
    assert_same(&all, &world.expected("/", ""), "");
    assert!(requests < 9000 / 100 * 10, "{requests} requests");
}
